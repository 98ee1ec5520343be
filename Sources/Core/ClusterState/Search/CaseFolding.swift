/// Comparing without regard to case, as Python's `casefold` does (ß equals ss, ſ equals s).
enum CaseFolding {
    static func fold(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        var folded = ""
        folded.unicodeScalars.reserveCapacity(text.unicodeScalars.count)
        // Upper case first, scalar by scalar: it is what takes ß to SS and every sigma to Σ.
        for scalar in text.unicodeScalars {
            if scalar.value < 0x80 {
                folded.unicodeScalars.append(lowered(scalar))
                continue
            }
            for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                folded.unicodeScalars.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return folded
    }

    static func fold(_ bytes: UnsafeRawBufferPointer) -> String { fold(String(decoding: bytes, as: UTF8.self)) }

    private static func lowered(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard scalar.value >= 0x41, scalar.value <= 0x5A else { return scalar }
        return Unicode.Scalar(UInt8(scalar.value + 0x20))
    }
}
