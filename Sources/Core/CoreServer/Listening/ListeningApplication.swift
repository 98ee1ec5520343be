import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
internal import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One listener with its limits.
struct ListeningApplication: Sendable {
    private let address: CoreConfiguration.Listener
    private let peerUID: UInt32?
    private let configuration: CoreConfiguration
    private let logger: Logger
    private let onListening: @Sendable (CoreConfiguration.Listener) -> Void

    init(
        _ address: CoreConfiguration.Listener, peerUID: UInt32?, configuration: CoreConfiguration, logger: Logger,
        onListening: @escaping @Sendable (CoreConfiguration.Listener) -> Void
    ) {
        self.address = address
        self.peerUID = peerUID
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until it is shut down gracefully or cancelled.
    func run(_ responder: some HTTPResponder<CoreRequestContext>) async throws {
        switch address {
        case .tcp(let host, let port):
            try await serve(responder, at: .hostname(host, port: port)) { channel in
                let bound = CoreConfiguration.Listener.tcp(host: host, port: channel.localAddress?.port ?? port)
                announce(bound)
            }
        case .tls(let host, let port, let files):
            let tls = try CoreTLS.configuration(files)
            try await serve(responder, at: .hostname(host, port: port), tls: tls) { channel in
                announce(.tls(host: host, port: channel.localAddress?.port ?? port, files))
            }
        case .unix(let path, let mode):
            let socket = try UnixSocketPlace(path: path, mode: mode)
            let temporary = try socket.prepare()
            defer { socket.remove() }
            try await serve(responder, at: .unixDomainSocket(path: temporary)) { _ in
                try socket.install()
                announce(address)
            }
        }
    }

    private func serve(
        _ responder: some HTTPResponder<CoreRequestContext>, at bindAddress: BindAddress,
        tls: TLSConfiguration? = nil, whenBound: @escaping @Sendable (any Channel) throws -> Void
    ) async throws {
        let failure = Mutex<(any Error)?>(nil)
        var quiet = logger
        // What Hummingbird says about its start is said here, with the right path.
        quiet.logLevel = max(quiet.logLevel, .warning)
        let server: HTTPServerBuilder =
            if let tls {
                try .tls(.http1(configuration: http), tlsConfiguration: tls)
            } else {
                .http1(configuration: http)
            }
        let loops = MultiThreadedEventLoopGroup.singleton
        let application = Application(
            responder: responder, server: server, configuration: limits(bindAddress),
            onServerRunning: { channel in
                do {
                    try whenBound(channel)
                } catch {
                    failure.withLock { $0 = error }
                    channel.close(promise: nil)
                }
            },
            eventLoopGroupProvider: .shared(loops), logger: quiet)
        do {
            try await withTaskExecutorPreference(EventLoopTaskExecutor(loops)) { try await application.run() }
        } catch let error as IOError {
            throw CoreServerError("cannot listen on \(address.text): \(String(cString: strerror(error.errnoCode)))")
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    private var http: HTTP1Channel.Configuration {
        let peerUID = peerUID
        let logger = logger
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: peerUID.map { [PeerUserHandler(only: $0, logger: logger)] } ?? [],
            idleTimeout: .milliseconds(Int64(configuration.idleTimeout * 1000)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 32 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))
    }

    private func limits(_ address: BindAddress) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: address,
            availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionLimit, logger: logger))
    }

    private func announce(_ bound: CoreConfiguration.Listener) {
        logger.info("listening on \(bound.text)")
        onListening(bound)
    }
}

extension CoreConfiguration.Listener {
    /// As in `--core_listen`.
    package var text: String {
        switch self {
        case .unix(let path, _): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        case .tls(let host, let port, _): host.contains(":") ? "tls:[\(host)]:\(port)" : "tls:\(host):\(port)"
        }
    }
}
