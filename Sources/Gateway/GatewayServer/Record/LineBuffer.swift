import Glibc

/// Log lines on their way out, in memory that is used again and again. What does not fit is left out.
struct LineBuffer: ~Copyable {
    private let base: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { base.deallocate() }

    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

    mutating func clear() { count = 0 }

    mutating func append(_ text: StaticString) { text.withUTF8Buffer { append($0) } }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress, bytes.count <= capacity - count else { return }
        memcpy(base + count, start, bytes.count)
        count += bytes.count
    }

    mutating func append(_ number: Int) {
        guard number >= 0 else { return append(text: String(number)) }
        // The most that 64 bits have.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number, index = digits.count
            repeat {
                index -= 1
                digits.initializeElement(at: index, to: 0x30 + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
            } while rest > 0
            append(UnsafeBufferPointer(rebasing: digits[index...]))
        }
    }

    /// The inside of a JSON string.
    mutating func append(escaping text: String) {
        var text = text
        let isPlain = text.withUTF8 { bytes in
            var isPlain = true
            for byte in bytes where byte < 0x20 || byte >= 0x7f || byte == 0x22 || byte == 0x5c { isPlain = false }
            if isPlain { append(bytes) }
            return isPlain
        }
        if !isPlain { JSONText.escaped(text).withUnsafeBufferPointer { append($0) } }
    }

    private mutating func append(text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }
}
