import CHiredis

/// Reads a subscriber's stream: hands each message's payload on as a span and counts the rest.
final class PushDecoder: RESPVisitor {
    private enum Kind { case other, message, patternMessage, subscription }

    /// Called for each payload while `read` runs.
    private var take: ((UnsafeRawBufferPointer) -> Void)?
    private var kind = Kind.other
    /// Patterns confirmed so far.
    private(set) var confirmed = 0
    /// The first error reply.
    private(set) var error: String?
    private(set) var messages = 0

    /// Runs `feed` with `take` receiving the payloads.
    func read(
        into take: (UnsafeRawBufferPointer) -> Void, _ feed: () throws(RESPError) -> Void
    ) throws(RESPError) {
        let result: Result<Void, RESPError> = withoutActuallyEscaping(take) { take in
            self.take = take
            defer { self.take = nil }
            do throws(RESPError) {
                try feed()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    override func array(depth: Int32, index: Int32, count: Int) {
        if depth == 0 { kind = .other }
    }

    override func string(type: Int32, depth: Int32, index: Int32, bytes: UnsafeRawBufferPointer) {
        switch (depth, index) {
        case (1, 3) where kind == .patternMessage, (1, 2) where kind == .message:
            messages += 1
            take?(bytes)
        case (1, 0):
            kind = Self.kind(of: bytes)
            if kind == .subscription { confirmed += 1 }
        case (0, _):
            if type == REDIS_REPLY_ERROR, error == nil { error = String(decoding: bytes, as: UTF8.self) }
        default:
            break
        }
    }

    /// The first element names what the array is: `message`, `pmessage`, `subscribe`, `psubscribe`, `pong`.
    private static func kind(of name: UnsafeRawBufferPointer) -> Kind {
        switch (name.count, name.first) {
        case (8, UInt8(ascii: "p")): .patternMessage
        case (7, UInt8(ascii: "m")): .message
        case (10, UInt8(ascii: "p")), (9, UInt8(ascii: "s")): .subscription
        default: .other
        }
    }
}
