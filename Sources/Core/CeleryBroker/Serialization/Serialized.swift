internal import CeleryProtocol

/// A value in one of the serializations that Celery knows.
enum Serialized {
    /// Why a value cannot be shown: the end of a sentence about it, such as "is pickled; …".
    struct Failure: Error, Equatable { let reason: String }

    private static let neverUnpickled = Failure(
        reason: "is pickled, and pickles are never opened because they can run code; Celery's settings "
            + "result_serializer and task_serializer (for workers' replies) can be json")

    /// The value of `bytes` by their content type.
    static func value(of bytes: [UInt8], type: String) throws(Failure) -> JSONValue {
        switch type {
        case "application/json": return try json(bytes)
        case "application/x-msgpack": return try messagePack(bytes)
        case "application/x-python-serialize": throw neverUnpickled
        case "application/x-yaml":
            throw Failure(
                reason: "is YAML, which is not read; Celery's settings "
                    + "result_serializer and task_serializer (for workers' replies) can be json")
        default: throw Failure(reason: "has a serialization that is not read (\(type.prefix(100)))")
        }
    }

    /// The value of `bytes` that have no content type, as result backends store them.
    static func guessed(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        if let (type, body) = try compressed(bytes) {
            guard type == "application/x-gzip" || type == "application/gzip" else {
                throw Failure(reason: "is compressed in a way that is not read (\(type.prefix(100)))")
            }
            guard let plain = Inflate.zlib(body) else { throw Failure(reason: "is compressed and damaged") }
            return try uncompressed(plain)
        }
        return try uncompressed(bytes)
    }

    private static func uncompressed(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        guard let first = bytes.first else { throw Failure(reason: "is empty") }
        // The first byte of pickle's protocols 2 to 5, and the number of the protocol.
        if first == 0x80, bytes.count > 1, (2...5).contains(bytes[1]) { throw neverUnpickled }
        if (0x80...0x9f).contains(first) || (0xc4...0xdf).contains(first) { return try messagePack(bytes) }
        do throws(Failure) {
            return try json(bytes)
        } catch {
            // Protocol 0 of pickle is text and ends in a dot.
            if bytes.last == UInt8(ascii: "."), "(cdliI]}VSN".utf8.contains(first) {
                throw neverUnpickled
            }
            throw error
        }
    }

    private static func json(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        do throws(JSONParseError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw Failure(reason: "cannot be read: \(error)")
        }
    }

    private static func messagePack(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        do throws(MessagePack.Failure) {
            return try MessagePack.value(of: bytes)
        } catch {
            throw Failure(reason: "cannot be read as MessagePack: \(error.reason)")
        }
    }

    /// `result_compression`: NUL, a mark, NUL, the compression's content type, NUL, the compressed bytes.
    private static func compressed(_ bytes: [UInt8]) throws(Failure) -> (type: String, body: [UInt8])? {
        let mark = Array("\0celery-compressed\0".utf8)
        guard bytes.starts(with: mark) else { return nil }
        let rest = bytes.dropFirst(mark.count)
        guard let end = rest.firstIndex(of: 0) else { throw Failure(reason: "is compressed and damaged") }
        return (String(decoding: rest[..<end], as: UTF8.self), Array(rest[rest.index(after: end)...]))
    }
}
