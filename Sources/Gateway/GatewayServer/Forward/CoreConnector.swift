import NIOCore
import NIOPosix
import NIOSSL

/// The way to the core, with the TLS of the gateway's side when there is any.
struct CoreConnector: Sendable {
    let address: GatewayConfiguration.CoreAddress
    private let tls: NIOSSLContext?

    /// Reads the files of `tls:`: blocks.
    init(_ address: GatewayConfiguration.CoreAddress) throws(GatewayStartError) {
        self.address = address
        guard case .tls(_, _, let files) = address else {
            tls = nil
            return
        }
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.trustRoots = .file(files.authorities)
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(files.certificate)
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))
            tls = try NIOSSLContext(configuration: configuration)
        } catch {
            throw GatewayStartError(
                "core_certfile, core_keyfile and core_ca_certs: the way to the core cannot be set up (\(error))")
        }
    }

    /// Connects. `initialize` adds the handlers above TLS.
    func connect(
        on eventLoop: any EventLoop, timeout: TimeAmount,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let tls = tls
        let name: String? = if case .tls(let host, _, _) = address, IPAddress(host) == nil { host } else { nil }
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: name)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try initialize(channel)
                }
            }
        return switch address {
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port), .tls(let host, let port, _): bootstrap.connect(host: host, port: port)
        }
    }
}
