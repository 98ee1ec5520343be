import CHiredis

/// What hiredis finds in the bytes, in their order. Subclassed, because C calls back with one context pointer.
class RESPVisitor {
    /// `type` is one of hiredis' `REDIS_REPLY_*`; `bytes` is valid only during the call.
    func string(type: Int32, depth: Int32, index: Int32, bytes: UnsafeRawBufferPointer) {}
    func integer(depth: Int32, index: Int32, value: Int64) {}
    func null(depth: Int32, index: Int32) {}
    func array(depth: Int32, index: Int32, count: Int) {}
    /// A reply is complete.
    func replyEnded() {}
}

/// Bytes that are no RESP, or more of it than is bearable.
struct RESPError: Error, Equatable, CustomStringConvertible {
    let description: String
}

/// hiredis' incremental RESP parser, telling a visitor what it reads instead of building replies.
final class RESPReader {
    /// hiredis moves the rest of its buffer after each reply, which is quadratic in the size of one feed; small feeds
    /// keep that below the cost of parsing.
    static let feedSize = 16 << 10
    /// hiredis frees and reallocates an empty buffer larger than this. Its default (16 KiB) would do so at every feed.
    private static let keptBuffer = 1 << 20

    let visitor: RESPVisitor
    /// Bytes of one incomplete reply that may wait for their rest.
    private let maximumBuffered: Int
    private let callbacks: UnsafeMutablePointer<calyx_resp_visitor>
    private let reader: UnsafeMutablePointer<redisReader>

    /// nil when out of memory.
    init?(visitor: RESPVisitor, maximumBuffered: Int) {
        self.visitor = visitor
        self.maximumBuffered = maximumBuffered
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: Self.callbacks(to: visitor))
        guard let reader = calyx_resp_reader_create(callbacks, Self.keptBuffer) else {
            callbacks.deallocate()
            return nil
        }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
        callbacks.deallocate()
    }

    /// Parses `bytes` and what was left before; the visitor hears of it during the call. After an error the reader is
    /// of no further use.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(RESPError) {
        var offset = 0
        while offset < bytes.count {
            let count = min(Self.feedSize, bytes.count - offset)
            let chunk = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
            redisReaderFeed(reader, chunk.baseAddress?.assumingMemoryBound(to: CChar.self), count)
            offset += count
            var reply: UnsafeMutableRawPointer?
            repeat {
                guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw RESPError(description: problem) }
                if reply != nil { visitor.replyEnded() }
            } while reply != nil
            guard reader.pointee.len - reader.pointee.pos <= maximumBuffered else {
                throw RESPError(description: "a reply is larger than \(maximumBuffered) bytes")
            }
        }
    }

    private var problem: String {
        withUnsafeBytes(of: reader.pointee.errstr) { text in
            String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func callbacks(to visitor: RESPVisitor) -> calyx_resp_visitor {
        calyx_resp_visitor(
            context: Unmanaged.passUnretained(visitor).toOpaque(),
            string: { context, type, depth, index, bytes, length in
                Unmanaged<RESPVisitor>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.string(
                        type: type, depth: depth, index: index,
                        bytes: UnsafeRawBufferPointer(start: bytes, count: length))
                }
            },
            integer: { context, depth, index, value in
                Unmanaged<RESPVisitor>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.integer(depth: depth, index: index, value: value)
                }
            },
            nil: { context, depth, index in
                Unmanaged<RESPVisitor>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.null(depth: depth, index: index)
                }
            },
            array: { context, depth, index, count in
                Unmanaged<RESPVisitor>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.array(depth: depth, index: index, count: count)
                }
            })
    }
}
