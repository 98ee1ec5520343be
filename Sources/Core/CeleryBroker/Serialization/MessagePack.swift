internal import CeleryProtocol

/// Reads MessagePack, which workers with `task_serializer = "msgpack"` write, into the same values as JSON. Pure; bounded
/// in depth and in values.
struct MessagePack {
    struct Failure: Error, Equatable { let reason: String }

    private static let maximumDepth = 128
    private static let maximumValues = 1 << 20

    private var rest: ArraySlice<UInt8>
    private var depth = 0
    private var values = 0

    static func value(of bytes: [UInt8]) throws(Failure) -> JSONValue {
        var reader = MessagePack(rest: bytes[...])
        let value = try reader.read()
        guard reader.rest.isEmpty else { throw Failure(reason: "there is more after the value") }
        return value
    }

    private init(rest: ArraySlice<UInt8>) { self.rest = rest }

    private mutating func read() throws(Failure) -> JSONValue {
        values += 1
        guard values <= Self.maximumValues else { throw Failure(reason: "there are too many values") }
        let type = UInt8(truncatingIfNeeded: try unsigned(1))
        switch type {
        case 0x00...0x7f: return .int(Int64(type))
        case 0x80...0x8f: return try map(UInt64(type & 0x0f))
        case 0x90...0x9f: return try array(UInt64(type & 0x0f))
        case 0xa0...0xbf: return try text(UInt64(type & 0x1f))
        case 0xc0: return .null
        case 0xc2: return .bool(false)
        case 0xc3: return .bool(true)
        case 0xc4...0xc6: return try text(try unsigned(1 << Int(type - 0xc4)))
        case 0xca: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try unsigned(4)))))
        case 0xcb: return .double(Double(bitPattern: try unsigned(8)))
        case 0xcc...0xcf:
            let value = try unsigned(1 << Int(type - 0xcc))
            return Int64(exactly: value).map(JSONValue.int) ?? .bigInteger(String(value))
        case 0xd0: return .int(Int64(Int8(truncatingIfNeeded: try unsigned(1))))
        case 0xd1: return .int(Int64(Int16(truncatingIfNeeded: try unsigned(2))))
        case 0xd2: return .int(Int64(Int32(truncatingIfNeeded: try unsigned(4))))
        case 0xd3: return .int(Int64(bitPattern: try unsigned(8)))
        case 0xd9...0xdb: return try text(try unsigned(1 << Int(type - 0xd9)))
        case 0xdc, 0xdd: return try array(try unsigned(type == 0xdc ? 2 : 4))
        case 0xde, 0xdf: return try map(try unsigned(type == 0xde ? 2 : 4))
        case 0xe0...0xff: return .int(Int64(Int8(bitPattern: type)))
        default: return try extended(type)
        }
    }

    /// A type of the application's own is shown by its number; its bytes mean nothing to us.
    private mutating func extended(_ type: UInt8) throws(Failure) -> JSONValue {
        let length: UInt64 =
            switch type {
            case 0xd4...0xd8: 1 << UInt64(type - 0xd4)
            case 0xc7...0xc9: try unsigned(1 << Int(type - 0xc7))
            default: throw Failure(reason: "no value starts with the byte \(type)")
            }
        let number = Int8(truncatingIfNeeded: try unsigned(1))
        _ = try take(length)
        return .string("<MessagePack extension \(number), \(length) bytes>")
    }

    private mutating func array(_ count: UInt64) throws(Failure) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        for _ in 0..<count { elements.append(try read()) }
        depth -= 1
        return .array(elements)
    }

    private mutating func map(_ count: UInt64) throws(Failure) -> JSONValue {
        try enter()
        var members: [(key: String, value: JSONValue)] = []
        for _ in 0..<count {
            let key: String
            switch try read() {
            case .string(let text): key = text
            case let other: key = PythonLiteral.text(other)
            }
            members.append((key, try read()))
        }
        depth -= 1
        return .object(members)
    }

    private mutating func enter() throws(Failure) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw Failure(reason: "values are nested too deeply") }
    }

    private mutating func text(_ length: UInt64) throws(Failure) -> JSONValue {
        .string(String(decoding: try take(length), as: UTF8.self))
    }

    /// A big-endian number.
    private mutating func unsigned(_ size: Int) throws(Failure) -> UInt64 {
        try take(UInt64(size)).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func take(_ count: UInt64) throws(Failure) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Failure(reason: "the bytes end inside a value") }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
