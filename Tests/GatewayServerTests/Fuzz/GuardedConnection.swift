import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import GatewayServer

/// The way of a client's bytes up to the decision that a request is one, as the gateway's connections have it: framing
/// gate, decoder, guard. What is accepted is kept as the gateway understood it.
final class GuardedConnection {
    struct Accepted {
        let request: InspectedRequest
        var body: [UInt8] = []
        var isComplete = false
    }

    /// Feeds one connection, in pieces that end at `cuts`; what it accepted, in order.
    static func accepted(
        of bytes: [UInt8], cuts: [Int], limits: GatewayLimits, rules: RequestGuard
    ) throws -> [Accepted] {
        let channel = EmbeddedChannel()
        let gate = FramingGate(limits: limits)
        let end = GuardEnd(gate: gate, rules: rules)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(gate)
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        try pipeline.addHandler(end)
        var start = 0
        for cut in cuts.sorted() + [bytes.count] where cut > start {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes[start..<cut]))
            channel.pipeline.fireChannelReadComplete()
            start = cut
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return end.accepted
    }
}

private final class GuardEnd: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let gate: FramingGate
    private let rules: RequestGuard
    private(set) var accepted: [GuardedConnection.Accepted] = []
    private var isOver = false

    init(gate: FramingGate, rules: RequestGuard) {
        self.gate = gate
        self.rules = rules
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            gate.headSeen()
            do throws(Refusal) {
                let request = try rules.inspect(head)
                gate.expect(request.framing)
                accepted.append(.init(request: request))
            } catch {
                // Whether the connection goes on or not: what follows is another connection's business here.
                isOver = true
                gate.close()
            }
        case .body(let bytes):
            accepted[accepted.count - 1].body += bytes.readableBytesView
        case .end:
            accepted[accepted.count - 1].isComplete = true
            if accepted[accepted.count - 1].request.closesConnection {
                isOver = true
                gate.close()
            } else {
                gate.answerComplete()
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isOver = true
        gate.close()
    }
}
