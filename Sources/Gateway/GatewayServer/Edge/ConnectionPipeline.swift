import NIOCore
import NIOHTTP2
import NIOPosix
import NIOSSL

/// Builds the handlers of an accepted connection: TLS if configured, then HTTP/1.1 or HTTP/2, and behind both the same
/// `RequestHandler`.
struct ConnectionPipeline: Sendable {
    let gateway: Gateway
    let tls: CertificateStore?
    /// By identity of the event loop.
    let loops: [ObjectIdentifier: NIOLoopBound<EdgeLoop>]

    /// Runs on the connection's event loop.
    func configure(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)]?.value, !loop.isFinished else {
            return channel.close()
        }
        let peer = Peer(channel.remoteAddress, proxies: gateway.proxies)
        if let limit = gateway.admission.admit(peer) {
            gateway.counters.hit(limit)
            return channel.close()
        }
        let connection = EdgeConnection(peer: peer, isTLS: tls != nil, loop: loop, channel: channel)
        channel.closeFuture.assumeIsolated().whenComplete { _ in connection.closed() }
        return channel.eventLoop.makeCompletedFuture {
            guard let tls else { return try configureHTTP1(channel, connection, .http1) }
            let first = FirstByteHandler(
                onTLS: { try configureTLS(channel, connection, tls.context) },
                onPlain: { try configureHTTP1(channel, connection, .plain) })
            try channel.pipeline.syncOperations.addHandler(first)
        }
    }

    private func configureTLS(_ channel: any Channel, _ connection: EdgeConnection, _ tls: NIOSSLContext) throws {
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        // On the channel's own loop the handler that waits for the protocol is added before this returns.
        channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture { try configureHTTP2(channel, bound.value) }
            },
            http1ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture { try configureHTTP1(channel, bound.value, .http1) }
            }
        ).whenFailure { _ in bound.value.close() }
    }

    private func configureHTTP1(
        _ channel: any Channel, _ connection: EdgeConnection, _ stage: EdgeConnection.Stage
    ) throws {
        connection.established(stage)
        let gate = FramingGate(limits: gateway.limits)
        let pipeline = channel.pipeline.syncOperations
        let handler = RequestHandler(connection: connection, gate: gate)
        gate.receiver = handler
        try pipeline.addHandler(gate)
        try pipeline.addHandler(handler)
    }

    private func configureHTTP2(_ channel: any Channel, _ connection: EdgeConnection) throws {
        connection.established(.http2)
        let limits = gateway.limits
        var settings = NIOHTTP2Handler.ConnectionConfiguration()
        settings.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streamsPerConnection),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headSize),
            HTTP2Setting(parameter: .initialWindowSize, value: 64 * 1024),
        ]
        let management = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: .seconds(Int64(limits.idleTime)), maxAge: nil,
                maxGraceTime: .seconds(Int64(limits.drainTime)), keepalive: nil))
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        _ = try pipeline.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: settings, streamConfiguration: .init(),
            streamDelegate: OpenStreams(management.http2StreamDelegate)
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(StreamGate())
                try pipeline.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try pipeline.addHandler(RequestHandler(connection: bound.value, gate: nil))
            }
        }
        try pipeline.addHandler(management)
        try pipeline.addHandler(HTTP2ErrorHandler())
    }
}

/// Ends an HTTP/2 connection after an error of the connection. Errors of single streams end only these.
final class HTTP2ErrorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOHTTP2Errors.StreamError { return }
        context.close(promise: nil)
    }
}
