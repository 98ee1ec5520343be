import NIOCore

/// One accepted connection: its peer, its limits, and its deadline until a protocol is agreed on.
final class EdgeConnection {
    enum Stage {
        /// TLS is being negotiated.
        case handshake
        /// HTTP/1.1 in the clear on a port that speaks TLS: everything is told so.
        case plain
        /// HTTP/1.1: its request handler watches the deadlines.
        case http1
        /// HTTP/2: its connection handler watches the deadlines.
        case http2
    }

    let peer: Peer
    private(set) var isTLS: Bool
    let loop: EdgeLoop
    private let channel: any Channel
    private let accepted = NIODeadline.now()
    private(set) var stage = Stage.handshake
    private(set) var requests = 0

    init(peer: Peer, isTLS: Bool, loop: EdgeLoop, channel: any Channel) {
        self.peer = peer
        self.isTLS = isTLS
        self.loop = loop
        self.channel = channel
        loop.add(self)
        loop.gateway.counters.connectionOpened()
    }

    /// Seconds that a new connection gets to say something once the server is stopping.
    private static let drainingHandshakeTime = 2

    func established(_ stage: Stage) {
        self.stage = stage
        if stage == .plain { isTLS = false }
    }

    /// Counts a request; false when this is the last one that the connection may carry.
    func countRequest() -> Bool {
        requests += 1
        if requests == loop.gateway.limits.requestsPerConnection {
            loop.gateway.counters.hit(.requestsPerConnection)
            if stage == .http2 { drain() }
        }
        return requests < loop.gateway.limits.requestsPerConnection && !loop.isDraining
    }

    func tick(now: NIODeadline) {
        guard stage == .handshake else { return }
        let limit = loop.isDraining ? Self.drainingHandshakeTime : loop.gateway.limits.handshakeTime
        guard now - accepted > .seconds(Int64(limit)) else { return }
        if !loop.isDraining { loop.gateway.counters.hit(.handshakeTime) }
        close()
    }

    func drain() {
        switch stage {
        // A handshake in progress belongs to a request that is on its way: both may finish.
        case .handshake, .http1, .plain: break
        case .http2: channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func close() { channel.close(promise: nil) }

    /// The connection has ended.
    func closed() {
        loop.gateway.admission.left(peer)
        loop.gateway.counters.connectionClosed()
        loop.remove(self)
    }
}
