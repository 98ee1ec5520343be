/// A reply as RESP2 has it.
package enum RedisReply: Sendable, Equatable {
    case null
    /// A simple string such as `OK`.
    case status(String)
    /// An error reply, for example `WRONGTYPE Operation against a key …`; errors inside a pipeline stay replies.
    case error(String)
    case integer(Int64)
    case bulk([UInt8])
    case array([RedisReply])

    /// The text of a bulk or simple string; invalid UTF-8 is repaired.
    package var text: String? {
        switch self {
        case .status(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    package var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var errorText: String? {
        if case .error(let text) = self { text } else { nil }
    }
}
