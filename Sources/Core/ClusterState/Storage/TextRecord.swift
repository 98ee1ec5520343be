import Glibc

/// What one field of a text record is.
enum TextField: UInt32 {
    case args = 1
    case kwargs, eta, expires
    case result, exception, traceback, signal
    /// A `TaskAttempt`, packed; a record holds several, oldest first.
    case attempt
    /// Times of ended kinds that are not in the row: eight bytes each, `EndedKind` after it.
    case timeBase = 16
}

/// The texts of a task in one block: fields of a 4-byte head and bytes. The head is, from the lowest bit: tag (5 bits),
/// "was cut", "is shared" (the bytes are the handle of a text that is kept once), "is wide" (not only ASCII), length
/// (24 bits).
struct TextRecord {
    let bytes: UnsafeRawBufferPointer

    static let headBytes = 4
    static let longestField = 1 << 24 - 1

    struct Field {
        private var head: UInt32
        var bytes: UnsafeRawBufferPointer

        @inline(__always)
        init(head: UInt32, bytes: UnsafeRawBufferPointer) {
            self.head = head
            self.bytes = bytes
        }

        var tag: UInt32 { head & 31 }
        var isCut: Bool { head & TextRecord.cutBit != 0 }
        var isWide: Bool { head & TextRecord.wideBit != 0 }
        /// The handle of a shared text, 0 when the text is here.
        @inline(__always)
        var handle: UInt32 { head & TextRecord.sharedBit == 0 ? 0 : bytes.loadUnaligned(as: UInt32.self) }
    }

    private static let cutBit: UInt32 = 1 << 5
    private static let sharedBit: UInt32 = 1 << 6
    private static let wideBit: UInt32 = 1 << 7
    private static let lengthShift: UInt32 = 8

    /// A change to a record: the field of this tag is replaced, or goes.
    struct Edit {
        enum Content {
            case gone
            case text(UnsafeRawBufferPointer)
            case shared(UInt32)
        }

        var tag: UInt32
        var isCut = false
        var isWide = false
        var content: Content

        init(_ field: TextField, _ content: Content, isCut: Bool = false, isWide: Bool = false) {
            tag = field.rawValue
            self.content = content
            self.isCut = isCut
            self.isWide = isWide
        }

        init(tag: UInt32, _ bytes: UnsafeRawBufferPointer?) {
            self.tag = tag
            content = bytes.map { .text($0) } ?? .gone
        }

        /// Bytes in a record, head included.
        var size: Int {
            switch content {
            case .gone: 0
            case .text(let bytes): bytes.count + TextRecord.headBytes
            case .shared: MemoryLayout<UInt32>.size + TextRecord.headBytes
            }
        }
    }

    /// The field at `offset`, which moves behind it; nil at the end.
    @inline(__always)
    func next(_ offset: inout Int) -> Field? {
        guard let start = bytes.baseAddress, offset + TextRecord.headBytes <= bytes.count else { return nil }
        let head = start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        if head == 0 { return nil }
        let length = Int(head >> TextRecord.lengthShift)
        let text = UnsafeRawBufferPointer(start: start + (offset + TextRecord.headBytes), count: length)
        offset += TextRecord.headBytes + length
        return Field(head: head, bytes: text)
    }

    /// nil when the record has no such field.
    @inline(__always)
    func field(_ tag: TextField) -> Field? {
        var offset = 0
        while let field = next(&offset) {
            if field.tag == tag.rawValue { return field }
        }
        return nil
    }

    /// Appends one field as it is at `offset` and returns the offset behind it.
    @inline(__always)
    static func append(_ field: Field, to output: UnsafeMutableRawPointer, at offset: Int) -> Int {
        guard let start = field.bytes.baseAddress else { return offset }
        memcpy(output + offset, start - headBytes, headBytes + field.bytes.count)
        return offset + headBytes + field.bytes.count
    }

    /// Appends what an edit brings at `offset` and returns the offset behind it.
    @inline(__always)
    static func append(_ edit: Edit, to output: UnsafeMutableRawPointer, at offset: Int) -> Int {
        var head = edit.tag | (edit.isCut ? cutBit : 0) | (edit.isWide ? wideBit : 0)
        switch edit.content {
        case .gone: return offset
        case .text(let bytes):
            head |= UInt32(bytes.count) << lengthShift
            output.storeBytes(of: head, toByteOffset: offset, as: UInt32.self)
            if let start = bytes.baseAddress { memcpy(output + offset + headBytes, start, bytes.count) }
        case .shared(let handle):
            head |= sharedBit | UInt32(MemoryLayout<UInt32>.size) << lengthShift
            output.storeBytes(of: head, toByteOffset: offset, as: UInt32.self)
            output.storeBytes(of: handle, toByteOffset: offset + headBytes, as: UInt32.self)
        }
        return offset + edit.size
    }
}
