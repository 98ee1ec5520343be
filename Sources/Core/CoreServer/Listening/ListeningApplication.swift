import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
internal import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// One listener with its limits.
struct ListeningApplication: Sendable {
    private let address: CoreConfiguration.Listener
    private let peerUID: UInt32?
    private let configuration: CoreConfiguration
    private let logger: Logger
    private let live: LiveService?
    private let onListening: @Sendable (CoreConfiguration.Listener) -> Void

    /// `live`: nil where there are no live streams.
    init(
        _ address: CoreConfiguration.Listener, peerUID: UInt32?, live: LiveService?, configuration: CoreConfiguration,
        logger: Logger,
        onListening: @escaping @Sendable (CoreConfiguration.Listener) -> Void
    ) {
        self.address = address
        self.peerUID = peerUID
        self.live = live
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
                try .tls(children, tlsConfiguration: tls)
            } else {
                children
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

    private var children: HTTPServerBuilder {
        let idleTimeout = TimeAmount.milliseconds(Int64(configuration.idleTimeout * 1000))
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 32 << 10
        limits.maxHeaderListSize = 64 << 10
        limits.maxHeaderFieldCount = 100
        let http = HTTP1Channel.Configuration(
            idleTimeout: idleTimeout,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.maxHeaderFieldSize, maxHeaderListSize: limits.maxHeaderListSize,
                maxHeaderFieldCount: limits.maxHeaderFieldCount))
        let (live, peerUID, decoderLimits) = (live, peerUID, limits)
        return HTTPServerBuilder { responder in
            CoreChannel(
                http: HTTP1Channel(responder: responder, configuration: http), live: live, peerUID: peerUID,
                idleTimeout: idleTimeout, decoderLimits: decoderLimits)
        }
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
