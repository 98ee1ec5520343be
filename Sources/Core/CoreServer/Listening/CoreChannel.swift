import HummingbirdCore
internal import Logging
import NIOCore
import NIOHTTP1

/// What is done with a connection: a live stream is served by handlers alone, everything else by Hummingbird. The first bytes
/// tell which it is.
struct CoreChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let first: EventLoopFuture<First>
    }

    enum First: Sendable {
        case http(HTTP1Channel.Value)
        case live
    }

    let http: HTTP1Channel
    /// nil: there are no live streams here.
    let live: LiveService?
    let peerUID: UInt32?
    let idleTimeout: TimeAmount
    let decoderLimits: NIOHTTPDecoderLimitConfiguration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let first = channel.eventLoop.makePromise(of: First.self)
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let peerUID { try pipeline.addHandler(PeerUserHandler(only: peerUID, logger: logger)) }
            try pipeline.addHandler(FirstRequestHandler(self, first, logger: logger))
            return Value(channel: channel, first: first.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        // It fails where a connection ends without having asked for anything.
        guard case .http(let channel)? = try? await value.first.get() else { return }
        await http.handle(value: channel, logger: logger)
    }

    /// Makes the connection one for a live stream.
    func becomeLive(_ live: LiveService, _ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: true, withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoderLimits)
        try pipeline.addHandler(LiveStreamHandler(live))
    }
}
