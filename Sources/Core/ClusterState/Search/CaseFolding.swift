/// Comparing without regard to case, as Python's `casefold` does (ß equals ss, ſ equals s).
enum CaseFolding {
    static func fold(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        var folded = ""
        folded.unicodeScalars.reserveCapacity(text.unicodeScalars.count)
        for scalar in text.unicodeScalars { fold(scalar, into: &folded) }
        return folded
    }

    static func fold(_ bytes: UnsafeRawBufferPointer) -> String { fold(String(decoding: bytes, as: UTF8.self)) }

    /// Puts the folded form of UTF-8 into `output` in place of what is there.
    static func fold(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        output.removeAll(keepingCapacity: true)
        guard !bytes.isASCII else {
            for byte in bytes { output.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) }
            return
        }
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x80 {
                output.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
                offset += 1
                continue
            }
            let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
            let end = min(offset + length, bytes.count)
            if length == 3, isCaseless(byte) || isCaseless(byte, bytes[min(offset + 1, end - 1)]) {
                output.append(contentsOf: bytes[offset..<end])
            } else if length == 2, end - offset == 2 {
                let place = Int(byte & 0x1F) << 6 | Int(bytes[offset + 1] & 0x3F)
                output.append(contentsOf: twoByteFolds[place])
            } else {
                let text = fold(String(decoding: bytes[offset..<end], as: UTF8.self))
                output.append(contentsOf: text.utf8)
            }
            offset = end
        }
    }

    /// The folded form of each scalar below U+0800 as UTF-8.
    private static let twoByteFolds: [[UInt8]] = (0..<0x800).map { value in
        var folded = ""
        if let scalar = Unicode.Scalar(UInt32(value)) { fold(scalar, into: &folded) }
        return Array(folded.utf8)
    }

    /// All of U+3000 to U+9FFF and U+B000 to U+CFFF, where no script knows case.
    @inline(__always)
    private static func isCaseless(_ first: UInt8) -> Bool {
        (first >= 0xE3 && first <= 0xE9) || first == 0xEB || first == 0xEC
    }

    /// General punctuation, U+2000 to U+20FF.
    @inline(__always)
    private static func isCaseless(_ first: UInt8, _ second: UInt8) -> Bool {
        first == 0xE2 && second >= 0x80 && second <= 0x83
    }

    private static func fold(_ scalar: Unicode.Scalar, into folded: inout String) {
        if scalar.value < 0x80 {
            folded.unicodeScalars.append(lowered(scalar))
            return
        }
        // Upper case first, scalar by scalar: it is what takes ß to SS and every sigma to Σ.
        for upper in scalar.properties.uppercaseMapping.unicodeScalars {
            folded.unicodeScalars.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
        }
    }

    private static func lowered(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard scalar.value >= 0x41, scalar.value <= 0x5A else { return scalar }
        return Unicode.Scalar(UInt8(scalar.value + 0x20))
    }
}
