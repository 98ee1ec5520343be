/// Follows the framing of HTTP/1.1 requests byte for byte, below the decoder: bounds everything that a client can make
/// endless, and refuses what parsers are known to read differently (bare CR or LF, folded lines, loose chunk sizes).
///
/// A pure state machine. `scan` looks at the bytes of one request at a time; what comes after its end is left alone
/// until `nextRequest` is called.
struct FramingMeter: Sendable {
    enum Violation: Error, Equatable {
        case headTooLarge, targetTooLong, fieldTooLarge, tooManyFields, controlByte, lineEnding, foldedLine, emptyLine
        case requestLine, field, chunkSize, chunkExtension, trailer
    }

    enum Step: Equatable {
        /// So many bytes are checked and belong to the current request; more are expected.
        case checked(Int)
        /// The head ends after so many bytes: `begin(body:)` must follow.
        case headComplete(Int)
        /// The request ends after so many bytes.
        case requestComplete(Int)
    }

    private enum State {
        case head
        case fixedBody(remaining: Int)
        case chunkSize, chunkExtension, chunkSizeLF
        case chunkData(remaining: Int)
        case chunkDataCR, chunkDataLF
        case trailer, trailerLF
        case complete
    }

    private let limits: GatewayLimits
    private var state = State.head
    private var lineLength = 0
    private var lines = 0
    private var headLength = 0
    /// In the request line.
    private var blanks = 0
    private var previousIsCR = false
    private var chunkSize = 0
    private var chunkDigits = 0
    private var extensionLength = 0
    private var extensionTotal = 0
    private var trailerLength = 0
    /// The lines of the trailer section so far, each with a line feed behind it.
    private(set) var trailer: [UInt8] = []

    init(limits: GatewayLimits) { self.limits = limits }

    var isComplete: Bool { if case .complete = state { true } else { false } }

    /// Bytes of a head have come, but not all.
    var isInsideHead: Bool { if case .head = state { headLength > 0 } else { false } }

    /// So many bytes of the body come next, with no framing among them; nil inside heads and chunk framing.
    var dataRemaining: Int? {
        switch state {
        case .fixedBody(let remaining), .chunkData(let remaining): remaining
        default: nil
        }
    }

    mutating func nextRequest() { self = FramingMeter(limits: limits) }

    /// How the body of the request whose head is complete ends. True when it is over already.
    mutating func begin(body: BodyFraming) -> Bool {
        switch body {
        case .none, .length(0): state = .complete
        case .length(let length): state = .fixedBody(remaining: length)
        case .chunked: state = .chunkSize
        }
        return isComplete
    }

    /// Looks at the next bytes. The caller passes every byte once.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(Violation) -> Step {
        switch state {
        case .head: try scanHead(bytes)
        case .complete: .requestComplete(0)
        default: try scanBody(bytes)
        }
    }

    private mutating func scanHead(_ bytes: UnsafeRawBufferPointer) throws(Violation) -> Step {
        var lineLength = lineLength, previousIsCR = previousIsCR
        for index in bytes.indices {
            let byte = bytes[index]
            if byte >= 0x20, byte != 0x7f, !previousIsCR {
                if byte == 0x20 {
                    if lineLength == 0 { throw .foldedLine }
                    if lines == 0 { blanks += 1 }
                }
                lineLength += 1
                continue
            }
            if previousIsCR {
                guard byte == 0x0a else { throw .lineEnding }
                previousIsCR = false
                if lineLength == 0 {
                    guard lines > 0 else { throw .emptyLine }
                    headLength += index + 1
                    guard headLength <= limits.headSize else { throw .headTooLarge }
                    return .headComplete(index + 1)
                }
                try endLine(lineLength)
                lineLength = 0
                continue
            }
            switch byte {
            case 0x0d: previousIsCR = true
            case 0x0a: throw .lineEnding
            case 0x09:
                if lineLength == 0 { throw .foldedLine }
                lineLength += 1
            default: throw .controlByte
            }
        }
        (self.lineLength, self.previousIsCR) = (lineLength, previousIsCR)
        headLength += bytes.count
        guard headLength <= limits.headSize else { throw lines == 0 ? .targetTooLong : .headTooLarge }
        return .checked(bytes.count)
    }

    private mutating func endLine(_ length: Int) throws(Violation) {
        if lines == 0 {
            // Method, two blanks and version stand beside the target.
            guard length <= limits.targetSize + 32 else { throw .targetTooLong }
            guard blanks == 2 else { throw .requestLine }
        } else {
            guard length <= limits.fieldSize + 2 else { throw .fieldTooLarge }
        }
        lines += 1
        guard lines <= limits.fieldCount + 1 else { throw .tooManyFields }
    }

    private mutating func scanBody(_ bytes: UnsafeRawBufferPointer) throws(Violation) -> Step {
        var index = 0
        while index < bytes.count {
            switch state {
            case .fixedBody(let remaining), .chunkData(let remaining):
                let taken = min(remaining, bytes.count - index)
                index += taken
                try skip(remaining - taken)
            default:
                try scanChunkFraming(bytes[index])
                index += 1
            }
            if isComplete { return .requestComplete(index) }
            // Data and framing are never told of together.
            if dataRemaining != nil { return .checked(index) }
        }
        return .checked(index)
    }

    private mutating func skip(_ remaining: Int) throws(Violation) {
        if case .fixedBody = state {
            state = remaining == 0 ? .complete : .fixedBody(remaining: remaining)
        } else {
            state = remaining == 0 ? .chunkDataCR : .chunkData(remaining: remaining)
        }
    }

    /// RFC 9112, section 7.1, without its blanks.
    private mutating func scanChunkFraming(_ byte: UInt8) throws(Violation) {
        switch state {
        case .chunkSize:
            if let digit = byte.hexadecimalValue {
                guard chunkDigits < 15 else { throw .chunkSize }
                chunkSize = chunkSize << 4 | Int(digit)
                chunkDigits += 1
            } else {
                guard chunkDigits > 0 else { throw .chunkSize }
                switch byte {
                case UInt8(ascii: ";"): state = .chunkExtension
                case 0x0d: state = .chunkSizeLF
                default: throw .chunkSize
                }
            }
        case .chunkExtension:
            if byte == 0x0d {
                state = .chunkSizeLF
            } else {
                extensionLength += 1
                extensionTotal += 1
                guard !byte.isControl || byte == 0x09, extensionLength <= limits.chunkExtensionSize,
                    extensionTotal <= limits.chunkExtensionTotal
                else { throw .chunkExtension }
            }
        case .chunkSizeLF:
            guard byte == 0x0a else { throw .lineEnding }
            state = chunkSize == 0 ? .trailer : .chunkData(remaining: chunkSize)
            (chunkSize, chunkDigits, extensionLength, lineLength) = (0, 0, 0, 0)
        case .chunkDataCR:
            guard byte == 0x0d else { throw .lineEnding }
            state = .chunkDataLF
        case .chunkDataLF:
            guard byte == 0x0a else { throw .lineEnding }
            state = .chunkSize
        case .trailer:
            trailerLength += 1
            guard trailerLength <= limits.fieldSize else { throw .trailer }
            if byte == 0x0d {
                state = .trailerLF
            } else {
                guard !byte.isControl || byte == 0x09 else { throw .controlByte }
                if lineLength == 0, byte == 0x20 || byte == 0x09 { throw .foldedLine }
                lineLength += 1
                trailer.append(byte)
            }
        case .trailerLF:
            guard byte == 0x0a else { throw .lineEnding }
            if lineLength > 0 { trailer.append(0x0a) }
            state = lineLength == 0 ? .complete : .trailer
            lineLength = 0
        case .head, .fixedBody, .chunkData, .complete:
            throw .chunkSize
        }
    }
}
