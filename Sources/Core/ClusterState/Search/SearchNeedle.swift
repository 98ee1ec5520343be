internal import CTextScan

/// A casefolded text to be found in others.
struct SearchNeedle: Sendable {
    let bytes: [UInt8]
    let isASCII: Bool
    /// Only then can it be part of a UUID's text.
    let isHexadecimal: Bool

    init(_ text: String) {
        bytes = Array(CaseFolding.fold(text).utf8)
        isASCII = bytes.allSatisfy { $0 < 0x80 }
        isHexadecimal = bytes.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Whether `text` (UTF-8) contains the needle when casefolded.
    func isIn(_ text: UnsafeRawBufferPointer) -> Bool {
        if isASCII, place(in: text) != nil { return true }
        guard !text.isASCII, mustFold(text) else { return false }
        var folded: [UInt8] = []
        CaseFolding.fold(text, into: &folded)
        return folded.withUnsafeBytes { place(in: $0) != nil }
    }

    /// Whether a text beyond ASCII must be folded to tell. An ASCII needle can only hide in the few letters that fold to
    /// ASCII ones.
    func mustFold(_ text: UnsafeRawBufferPointer) -> Bool {
        !isASCII || SearchNeedle.holdsLettersThatFoldToASCII(text)
    }

    /// Where the needle is in `text` byte for byte, upper and lower case ASCII letters being equal; nil when it is not.
    @inline(__always)
    func place(in text: UnsafeRawBufferPointer) -> Int? {
        let place = bytes.withUnsafeBufferPointer { needle in
            calyx_text_find(
                text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count, needle.baseAddress, needle.count)
        }
        return place < 0 ? nil : place
    }

    /// ß ẞ İ ŉ ſ ǰ K and the ligatures ﬀ to ﬆ, by their first two bytes.
    private static func holdsLettersThatFoldToASCII(_ text: UnsafeRawBufferPointer) -> Bool {
        var previous: UInt8 = 0
        for byte in text {
            if byte >= 0x80, previous >= 0xC3 {
                switch (previous, byte) {
                case (0xC3, 0x9F), (0xC4, 0xB0), (0xC5, 0x89), (0xC5, 0xBF), (0xC7, 0xB0), (0xE1, 0xBA), (0xE2, 0x84),
                    (0xEF, 0xAC):
                    return true
                default: break
                }
            }
            previous = byte
        }
        return false
    }
}
