extension UnsafeRawBufferPointer {
    /// Every byte is below 0x80.
    @inline(__always)
    var isASCII: Bool {
        guard let start = baseAddress else { return true }
        var seen: UInt64 = 0
        var offset = 0
        while offset + 8 <= count {
            seen |= start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < count {
            seen |= UInt64(self[offset])
            offset += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}
