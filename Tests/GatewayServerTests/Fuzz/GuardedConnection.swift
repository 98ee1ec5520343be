import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import GatewayServer

/// The way of a client's bytes up to the decision that a request is one, as the gateway's connections have it: framing
/// gate and guard. What is accepted is kept as the gateway understood it.
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
        gate.receiver = end
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(gate)
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

private final class GuardEnd: RequestReceiver {
    private let gate: FramingGate
    private let rules: RequestGuard
    private(set) var accepted: [GuardedConnection.Accepted] = []
    private var isOver = false
    private var section: FieldSection?

    init(gate: FramingGate, rules: RequestGuard) {
        self.gate = gate
        self.rules = rules
    }

    func requestHead(_ head: HTTPRequestHead, repeatsFields: Bool) {
        guard !isOver else { return }
        if !repeatsFields { section = nil }
        do throws(Refusal) {
            let request = try rules.inspect(head, repeated: section)
            section = request.section
            gate.expect(request.framing)
            accepted.append(.init(request: request))
        } catch {
            // Whether the connection goes on or not: what follows is another connection's business here.
            isOver = true
            gate.close()
        }
    }

    func requestBody(_ bytes: ByteBuffer) {
        guard !isOver else { return }
        accepted[accepted.count - 1].body += bytes.readableBytesView
    }

    func requestEnd(trailers: [String]) {
        guard !isOver else { return }
        guard !trailers.contains(where: RequestHandler.isForbiddenTrailer) else {
            accepted.removeLast()
            isOver = true
            return gate.close()
        }
        accepted[accepted.count - 1].isComplete = true
        if accepted[accepted.count - 1].request.closesConnection {
            isOver = true
            gate.close()
        } else {
            gate.answerComplete()
        }
    }

    func requestFailed(_ error: FramingError) {
        isOver = true
        gate.close()
    }

    func requestsEnded(isAnswering: Bool) {}
}
