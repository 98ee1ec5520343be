/// Cutting UTF-8 without leaving half a character.
enum UTF8Cut {
    /// The longest prefix of at most `limit` bytes that ends between characters.
    static func cut(_ text: UnsafeRawBufferPointer, to limit: Int) -> UnsafeRawBufferPointer {
        guard text.count > limit else { return text }
        var end = limit
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: text[..<end])
    }
}
