import NIOCore
import NIOSSL

/// The server's TLS: 1.2 and later, authenticated encryption with forward secrecy only, ALPN h2 and http/1.1.
enum TLSContext {
    struct Loaded: Sendable {
        let context: NIOSSLContext
        /// When the first certificate of the chain or of those above it ends, in unix time.
        let expires: Int
    }

    /// Reads the files: blocks.
    static func load(_ files: GatewayConfiguration.TLSFiles) throws(GatewayStartError) -> Loaded {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(files.certificate)
        } catch {
            throw GatewayStartError("certfile: \(files.certificate) cannot be read as PEM certificates (\(error))")
        }
        guard !certificates.isEmpty else {
            throw GatewayStartError("certfile: \(files.certificate) holds no certificate")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: files.key, format: .pem)
        } catch {
            throw GatewayStartError("keyfile: \(files.key) cannot be read as a PEM key without password (\(error))")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
        configuration.applicationProtocols = ["h2", "http/1.1"]
        configuration.renegotiationSupport = .none
        // A client that is told goodbye and says nothing holds a connection for no longer than this.
        configuration.shutdownTimeout = .seconds(1)
        if let authorities = files.clientAuthorities {
            configuration.trustRoots = .certificates(try self.authorities(authorities))
            configuration.sendCANameList = true
            configuration.certificateVerification =
                files.requiresClientCertificate ? .noHostnameVerification : .optionalVerification
        }
        do {
            let expires = certificates.map { Int($0.notValidAfter) }.min() ?? 0
            return Loaded(context: try NIOSSLContext(configuration: configuration), expires: expires)
        } catch {
            throw GatewayStartError(
                """
                certfile and keyfile: the key in \(files.key) is not that of the certificate in \(files.certificate) \
                (\(error))
                """)
        }
    }

    private static func authorities(_ path: String) throws(GatewayStartError) -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(path)
            if !certificates.isEmpty { return certificates }
        } catch {
            throw GatewayStartError("ca_certs: \(path) cannot be read as PEM certificates (\(error))")
        }
        throw GatewayStartError("ca_certs: \(path) holds no certificate")
    }
}
