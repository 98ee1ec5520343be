import NIOPosix
import NIOSSL

/// The server's TLS: 1.2 and later, authenticated encryption with forward secrecy only, ALPN h2 and http/1.1.
enum TLSContext {
    /// Reads the files on a thread that may block.
    static func load(_ files: GatewayConfiguration.TLSFiles) async throws -> NIOSSLContext {
        try await NIOThreadPool.singleton.runIfActive { try make(files) }
    }

    private static func make(_ files: GatewayConfiguration.TLSFiles) throws(GatewayStartError) -> NIOSSLContext {
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
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw GatewayStartError(
                """
                certfile and keyfile: the key in \(files.key) is not that of the certificate in \(files.certificate) \
                (\(error))
                """)
        }
    }
}
