import CHiredis

/// Builds `RedisReply` values.
final class ReplyBuilder: RESPVisitor {
    private struct Frame {
        var missing: Int
        var elements: [RedisReply] = []
    }

    /// Elements of one reply, so that `*2147483647` cannot make us allocate.
    private static let maximumElements = 1 << 20

    private var frames: [Frame] = []
    private var elementCount = 0
    private var ended: RedisReply?
    /// Complete replies in order; taken by the owner after each feed.
    private(set) var replies: [RedisReply] = []
    private(set) var isOverfull = false

    func takeReplies() -> [RedisReply] {
        defer { replies.removeAll(keepingCapacity: true) }
        return replies
    }

    override func string(type: Int32, depth: Int32, index: Int32, bytes: UnsafeRawBufferPointer) {
        switch type {
        case REDIS_REPLY_ERROR: add(.error(String(decoding: bytes, as: UTF8.self)))
        case REDIS_REPLY_STATUS: add(.status(String(decoding: bytes, as: UTF8.self)))
        default: add(.bulk(Array(bytes)))
        }
    }

    override func integer(depth: Int32, index: Int32, value: Int64) { add(.integer(value)) }

    override func null(depth: Int32, index: Int32) { add(.null) }

    override func array(depth: Int32, index: Int32, count: Int) {
        if count == 0 { add(.array([])) } else { frames.append(Frame(missing: count)) }
    }

    override func replyEnded() {
        if let ended { replies.append(ended) }
        ended = nil
        elementCount = 0
    }

    private func add(_ value: RedisReply) {
        elementCount += 1
        guard elementCount <= Self.maximumElements else {
            isOverfull = true
            return
        }
        var value = value
        while var frame = frames.popLast() {
            frame.elements.append(value)
            frame.missing -= 1
            guard frame.missing == 0 else {
                frames.append(frame)
                return
            }
            value = .array(frame.elements)
        }
        ended = value
    }
}
