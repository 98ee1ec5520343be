import NIOCore

/// The head of an answer of the core.
struct CoreAnswerHead: Sendable {
    let status: Int
    /// Names as the core wrote them.
    let fields: [(String, String)]
}

/// Reads the answers on one connection to the core (RFC 9112). The core is ours, but what it sends is looked at as if it
/// were not: one form of everything, bounded. Pure.
struct CoreAnswerParser {
    enum Event {
        case head(CoreAnswerHead)
        case body(ByteBuffer)
        case end
    }

    struct Malformed: Error {}

    private enum State {
        case head
        case fixed(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailer
        case untilClose
        case end
        case complete
    }

    private static let headSize = 64 * 1024
    private static let lineSize = 8 * 1024

    private var state = State.head
    private var isHead = false
    private(set) var isKeptAlive = true

    /// An answer to the next request comes.
    mutating func begin(isHead: Bool) {
        self = CoreAnswerParser()
        self.isHead = isHead
    }

    /// The answer ends where the connection does.
    var endsWithConnection: Bool { if case .untilClose = state { true } else { false } }

    /// The next part of the answer in `input`, or nil when more bytes are needed.
    mutating func next(_ input: inout ByteBuffer) throws(Malformed) -> Event? {
        while true {
            switch state {
            case .head: return try head(&input)
            case .fixed(let remaining): return body(&input, remaining) { $0 == 0 ? .end : .fixed(remaining: $0) }
            case .chunk(let remaining): return body(&input, remaining) { $0 == 0 ? .chunkEnd : .chunk(remaining: $0) }
            case .untilClose:
                guard input.readableBytes > 0 else { return nil }
                return input.readSlice(length: input.readableBytes).map { .body($0) }
            case .chunkSize:
                guard let line = try line(&input) else { return nil }
                let size = try Self.chunkSize(line)
                state = size == 0 ? .trailer : .chunk(remaining: size)
            case .chunkEnd:
                guard let line = try line(&input) else { return nil }
                guard line.readableBytes == 0 else { throw Malformed() }
                state = .chunkSize
            case .trailer:
                guard let line = try line(&input) else { return nil }
                if line.readableBytes == 0 { state = .end }
            case .end:
                state = .complete
                return .end
            case .complete: return nil
            }
        }
    }

    private mutating func body(_ input: inout ByteBuffer, _ remaining: Int, _ rest: (Int) -> State) -> Event? {
        let count = min(remaining, input.readableBytes)
        guard count > 0, let bytes = input.readSlice(length: count) else { return nil }
        state = rest(remaining - count)
        return .body(bytes)
    }

    /// A line without its end.
    private func line(_ input: inout ByteBuffer) throws(Malformed) -> ByteBuffer? {
        guard let length = input.readableBytesView.firstIndex(of: 0x0a).map({ $0 - input.readerIndex }) else {
            guard input.readableBytes <= Self.lineSize else { throw Malformed() }
            return nil
        }
        guard length > 0, length <= Self.lineSize, let line = input.readSlice(length: length - 1),
            input.readInteger(as: UInt16.self) == 0x0d0a
        else { throw Malformed() }
        return line
    }

    private static func chunkSize(_ line: ByteBuffer) throws(Malformed) -> Int {
        var size = 0, digits = 0
        for byte in line.readableBytesView {
            if byte == UInt8(ascii: ";"), digits > 0 { break }
            guard let digit = byte.hexadecimalValue, digits < 15 else { throw Malformed() }
            size = size << 4 | Int(digit)
            digits += 1
        }
        guard digits > 0 else { throw Malformed() }
        return size
    }

    private mutating func head(_ input: inout ByteBuffer) throws(Malformed) -> Event? {
        guard input.readableBytes > 0 else { return nil }
        let outcome = input.withUnsafeReadableBytes { bytes -> Result<HeadReading?, Malformed> in
            do throws(Malformed) {
                return .success(try HeadReading(bytes))
            } catch {
                return .failure(error)
            }
        }
        guard let reading = try outcome.get() else {
            guard input.readableBytes <= Self.headSize else { throw Malformed() }
            return nil
        }
        input.moveReaderIndex(forwardBy: reading.length)
        isKeptAlive = reading.isKeptAlive
        if isHead || reading.status == 204 || reading.status == 304 {
            state = .end
        } else if reading.isChunked {
            guard reading.contentLength == nil else { throw Malformed() }
            state = .chunkSize
        } else if let length = reading.contentLength {
            state = length == 0 ? .end : .fixed(remaining: length)
        } else {
            isKeptAlive = false
            state = .untilClose
        }
        return .head(CoreAnswerHead(status: reading.status, fields: reading.fields))
    }
}

/// One pass over the bytes of an answer's head.
private struct HeadReading {
    let length: Int
    let status: Int
    private(set) var fields: [(String, String)] = []
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var isKeptAlive = true

    /// Nil when the head is not complete.
    init?(_ bytes: UnsafeRawBufferPointer) throws(CoreAnswerParser.Malformed) {
        var start = 0
        guard var end = try Self.lineEnd(bytes, from: start) else { return nil }
        // HTTP/1.1 200 OK
        guard end >= 12, bytes[..<8].elementsEqual("HTTP/1.1".utf8), bytes[8] == 0x20,
            bytes[9..<12].allSatisfy(\.isDigitASCII), end == 12 || bytes[12] == 0x20
        else { throw CoreAnswerParser.Malformed() }
        status = bytes[9..<12].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard status >= 200 else { throw CoreAnswerParser.Malformed() }
        var fields: [(String, String)] = []
        fields.reserveCapacity(16)
        while true {
            start = end + 2
            guard let next = try Self.lineEnd(bytes, from: start) else { return nil }
            end = next
            if end == start { break }
            fields.append(try Self.field(bytes[start..<end]))
        }
        length = end + 2
        self.fields = fields
        for (name, value) in fields { try note(name, value) }
    }

    private mutating func note(_ name: String, _ value: String) throws(CoreAnswerParser.Malformed) {
        switch name.utf8.count {
        case 10 where name.equalsFoldingASCII("connection"):
            if value.equalsFoldingASCII("close") { isKeptAlive = false }
        case 14 where name.equalsFoldingASCII("content-length"):
            guard contentLength == nil, (1...18).contains(value.utf8.count), value.utf8.allSatisfy(\.isDigitASCII),
                let length = Int(value)
            else { throw CoreAnswerParser.Malformed() }
            contentLength = length
        case 17 where name.equalsFoldingASCII("transfer-encoding"):
            guard !isChunked, value.equalsFoldingASCII("chunked") else { throw CoreAnswerParser.Malformed() }
            isChunked = true
        default: break
        }
    }

    /// Where the line's CR stands; nil when the line is not complete. No other control byte but the tab may stand in it.
    private static func lineEnd(
        _ bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(CoreAnswerParser.Malformed) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0d {
                guard index + 1 < bytes.count else { return nil }
                guard bytes[index + 1] == 0x0a else { throw CoreAnswerParser.Malformed() }
                return index
            }
            guard !byte.isControl || byte == 0x09 else { throw CoreAnswerParser.Malformed() }
            index += 1
        }
        return nil
    }

    private static func field(
        _ line: Slice<UnsafeRawBufferPointer>
    ) throws(CoreAnswerParser.Malformed) -> (String, String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy({ $0 > 0x20 })
        else { throw CoreAnswerParser.Malformed() }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
}
