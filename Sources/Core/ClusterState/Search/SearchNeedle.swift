/// A casefolded text to be found in others.
struct SearchNeedle: Sendable {
    let bytes: [UInt8]
    private let isASCII: Bool
    /// Only then can it be part of a UUID's text.
    let isHexadecimal: Bool

    init(_ text: String) {
        bytes = Array(CaseFolding.fold(text).utf8)
        isASCII = bytes.allSatisfy { $0 < 0x80 }
        isHexadecimal = bytes.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Whether `text` (UTF-8) contains the needle when casefolded.
    func isIn(_ text: UnsafeRawBufferPointer) -> Bool {
        guard !text.isEmpty else { return bytes.isEmpty }
        if isASCII, isInBytes(text) { return true }
        // Beyond ASCII the text itself must be folded; an ASCII needle can only hide in the few letters that fold to
        // ASCII ones.
        guard !text.isASCII, !isASCII || SearchNeedle.holdsLettersThatFoldToASCII(text) else {
            return false
        }
        var folded = CaseFolding.fold(text)
        return folded.withUTF8 { isInBytes(UnsafeRawBufferPointer($0)) }
    }

    /// Byte for byte, upper and lower case ASCII letters being equal.
    @inline(__always)
    private func isInBytes(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress, text.count >= bytes.count else { return false }
        return bytes.withUnsafeBufferPointer { needle in
            guard let first = needle.first, let last = needle.last else { return true }
            let firstMask = SIMD16(repeating: SearchNeedle.caseBit(of: first))
            let lastMask = SIMD16(repeating: SearchNeedle.caseBit(of: last))
            let firsts = SIMD16(repeating: first)
            let lasts = SIMD16(repeating: last)
            let distance = needle.count - 1
            let end = text.count - distance
            var offset = 0
            // Sixteen places at a time: only where both the first and the last byte fit is the rest compared.
            while offset + 16 <= end {
                let heads = start.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self) | firstMask
                let tails = start.loadUnaligned(fromByteOffset: offset + distance, as: SIMD16<UInt8>.self) | lastMask
                let differences = (heads ^ firsts) | (tails ^ lasts)
                if differences.min() == 0 {
                    for place in 0..<16 where differences[place] == 0 {
                        if SearchNeedle.matches(needle, start + (offset + place)) { return true }
                    }
                }
                offset += 16
            }
            while offset < end {
                if SearchNeedle.matches(needle, start + offset) { return true }
                offset += 1
            }
            return false
        }
    }

    @inline(__always)
    private static func caseBit(of byte: UInt8) -> UInt8 { byte >= 0x61 && byte <= 0x7A ? 0x20 : 0 }

    @inline(__always)
    private static func matches(_ needle: UnsafeBufferPointer<UInt8>, _ text: UnsafeRawPointer) -> Bool {
        for index in needle.indices {
            let byte = needle[index]
            if text.load(fromByteOffset: index, as: UInt8.self) | caseBit(of: byte) != byte { return false }
        }
        return true
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

/// One keyword argument to be found, `key=value`, both casefolded and trimmed.
struct KeywordNeedle: Sendable {
    let pair: String
    /// When a plain word, texts that do not contain it need no parsing.
    private let key: SearchNeedle?

    /// nil when `text` has no `=`.
    init?(_ text: String) {
        let folded = Array(CaseFolding.fold(text).unicodeScalars)
        guard let equals = folded.firstIndex(of: "=") else { return nil }
        let name = SearchText.string(SearchText.trimmed(Array(folded[..<equals])))
        let value = SearchText.string(SearchText.trimmed(Array(folded[(equals + 1)...])))
        pair = "\(name)=\(value)"
        let isWord = !name.isEmpty && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
        key = isWord ? SearchNeedle(name) : nil
    }

    /// Whether the Python dict literal in `kwargs` has the pair.
    func isIn(_ kwargs: UnsafeRawBufferPointer) -> Bool {
        guard !kwargs.isEmpty else { return false }
        if let key, !key.isIn(kwargs), !kwargs.contains(0x5C) { return false }
        guard case .dictionary(let members)? = PythonLiteral.parse(String(decoding: kwargs, as: UTF8.self)) else {
            return false
        }
        return members.contains {
            "\(CaseFolding.fold($0.key.text))=\(CaseFolding.fold($0.value.text))" == pair
        }
    }
}
