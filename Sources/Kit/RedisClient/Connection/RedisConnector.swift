internal import NIOCore
import NIOPosix
import NIOSSL

/// A handler at the end of a connection's pipeline that knows why the connection ended.
protocol ConnectionHandler: ChannelInboundHandler, SendableMetatype {
    var ending: ConnectionEnding { get }
}

/// A connected channel and the handler of ours in it.
struct OpenChannel<Handler: ConnectionHandler>: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<Handler>
    let ending: ConnectionEnding
    let place: String

    /// Waits until the channel has closed and tells why; returns at once when the task is cancelled.
    func closed() async -> RedisError {
        let (channel, ending, place) = (channel, ending, place)
        return await CancellableWait.value(RedisError(.shutDown, "The connection to Redis at \(place) was ended.")) {
            try? await channel.closeFuture.get()
            return ending.failure ?? RedisError(.closed, "The connection to Redis at \(place) was closed.")
        }
    }
}

/// Opens channels to one Redis server: TCP or unix socket, TLS when the endpoint says so.
struct RedisConnector: Sendable {
    /// A network that comes back is noticed by the next attempt, not by the one that waits; TCP's own pauses between
    /// attempts grow to seconds.
    private static let longestConnect = TimeAmount.milliseconds(1500)

    private enum Address: Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    let endpoint: RedisEndpoint
    let connectTimeout: TimeAmount

    /// Connects on `eventLoop` with a handler at the end of the pipeline. `makeHandler` may run several times: once for
    /// each address of the host that is tried.
    func open<Handler: ConnectionHandler>(
        on eventLoop: any EventLoop, receiveBuffer: Int, makeHandler: @escaping @Sendable () -> Handler
    ) async throws(RedisError) -> OpenChannel<Handler> {
        do {
            let address = try await currentAddress(on: eventLoop)
            let serverName = Self.serverName(of: address)
            let tls = try await makeTLS()
            // On the event loop, so that the handler is found before a server that closes at once can take it away.
            return try await eventLoop.flatSubmit {
                let bootstrap = ClientBootstrap(group: eventLoop)
                    .connectTimeout(min(connectTimeout, Self.longestConnect))
                    .channelOption(.socketOption(.so_keepalive), value: 1)
                    .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: receiveBuffer))
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            if let tls {
                                let tlsHandler = try NIOSSLClientHandler(context: tls, serverHostname: serverName)
                                try channel.pipeline.syncOperations.addHandler(tlsHandler)
                            }
                            try channel.pipeline.syncOperations.addHandler(makeHandler())
                        }
                    }
                let connected =
                    switch address {
                    case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
                    case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
                    }
                return connected.flatMapThrowing { channel in
                    let handler = try channel.pipeline.syncOperations.handler(type: Handler.self)
                    return OpenChannel(
                        channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                        ending: handler.ending, place: endpoint.place)
                }
            }.get()
        } catch {
            throw RedisError(error, at: endpoint.place)
        }
    }

    /// `AUTH user password` when the URL has credentials; a user without password has the empty one, as in redis-py.
    var authentication: RedisCommand? {
        switch (endpoint.user, endpoint.password) {
        case (nil, nil): nil
        case (nil, let password?): RedisCommand("AUTH", password)
        case (let user?, let password): RedisCommand("AUTH", user, password ?? "")
        }
    }

    private func currentAddress(on eventLoop: any EventLoop) async throws(RedisError) -> Address {
        switch endpoint.address {
        case .tcp(let host, let port): return .tcp(host: host, port: port)
        case .unix(let path): return .unix(path: path)
        case .sentinel(let sentinel):
            let master = try await SentinelQuery(sentinel: sentinel, group: eventLoop).master()
            return .tcp(host: master.host, port: master.port)
        }
    }

    /// The name for SNI; NIOSSL refuses an address there and checks it against the certificate itself.
    private static func serverName(of address: Address) -> String? {
        guard case .tcp(let host, _) = address else { return nil }
        return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    /// Read anew at each attempt, so that renewed certificates are picked up; off the event loop, because it reads files.
    private func makeTLS() async throws -> NIOSSLContext? {
        guard let tls = endpoint.tls else { return nil }
        let place = endpoint.place
        return try await NIOThreadPool.singleton.runIfActive {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification =
                switch tls.verification {
                case .full: .fullVerification
                case .withoutHostname: .noHostnameVerification
                case .none: .none
                }
            do {
                if let file = tls.authorityFile { configuration.trustRoots = .file(file) }
                if let file = tls.certificateFile {
                    configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
                }
                if let file = tls.keyFile {
                    configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: file, format: .pem))
                }
                return try NIOSSLContext(configuration: configuration)
            } catch {
                let files = [tls.authorityFile, tls.certificateFile, tls.keyFile].compactMap(\.self)
                throw RedisError(
                    .tls,
                    "TLS for Redis at \(place) cannot be set up from \(files.joined(separator: ", ")): "
                        + "\("\(error)".prefix(200)).")
            }
        }
    }
}
