import NIOSSL

/// The core's side of TLS between hosts: whoever has no certificate of the authority does not get through the handshake.
enum CoreTLS {
    /// Reads the files: blocks. Throws `CoreServerError` when one is not good.
    static func configuration(_ files: CoreConfiguration.TLSFiles) throws(CoreServerError) -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
            configuration.renegotiationSupport = .none
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(files.authorities))
            configuration.certificateVerification = .noHostnameVerification
            return configuration
        } catch {
            throw CoreServerError(
                "core_certfile, core_keyfile and core_ca_certs: the core's listener cannot be set up (\(error))")
        }
    }
}
