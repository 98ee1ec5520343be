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

/// The texts of a task in one block: fields of a 4-byte head (5 bits tag, 1 bit "was cut", 26 bits length) and bytes.
struct TextRecord {
    let bytes: UnsafeRawBufferPointer

    static let headBytes = 4

    struct Field {
        var tag: UInt32
        var isCut: Bool
        var bytes: UnsafeRawBufferPointer
    }

    /// A change to a record: `bytes` replace the field; without them it goes.
    struct Edit {
        var tag: UInt32
        var isCut = false
        var bytes: UnsafeRawBufferPointer?

        init(_ field: TextField, _ bytes: UnsafeRawBufferPointer?, isCut: Bool = false) {
            tag = field.rawValue
            self.bytes = bytes
            self.isCut = isCut
        }

        init(tag: UInt32, _ bytes: UnsafeRawBufferPointer?) {
            self.tag = tag
            self.bytes = bytes
        }
    }

    @inline(__always)
    func forEach(_ body: (Field) -> Bool) {
        guard let start = bytes.baseAddress else { return }
        var offset = 0
        while offset + TextRecord.headBytes <= bytes.count {
            let head = start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            if head == 0 { return }
            let length = Int(head >> 6)
            offset += TextRecord.headBytes
            let field = Field(
                tag: head & 31, isCut: head & 32 != 0,
                bytes: UnsafeRawBufferPointer(start: start + offset, count: length))
            if !body(field) { return }
            offset += length
        }
    }

    /// nil when the record has no such field.
    @inline(__always)
    func field(_ tag: TextField) -> UnsafeRawBufferPointer? {
        var found: UnsafeRawBufferPointer?
        forEach { field in
            guard field.tag == tag.rawValue else { return true }
            found = field.bytes
            return false
        }
        return found
    }

    /// Appends one field at `offset` and returns the offset behind it.
    @inline(__always)
    static func append(_ field: Field, to output: UnsafeMutableRawPointer, at offset: Int) -> Int {
        let head = field.tag | (field.isCut ? 32 : 0) | UInt32(field.bytes.count) << 6
        output.storeBytes(of: head, toByteOffset: offset, as: UInt32.self)
        if let start = field.bytes.baseAddress { memcpy(output + offset + headBytes, start, field.bytes.count) }
        return offset + headBytes + field.bytes.count
    }
}
