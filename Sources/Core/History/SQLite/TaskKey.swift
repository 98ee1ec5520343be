/// The number by which a task id is looked up: half of a UUID's bits, or a hash of any other text. Two ids may share
/// one; the id itself is compared too.
enum TaskKey {
    static func key(of uuid: String) -> Int64 {
        isUUID(uuid) ? Int64(bitPattern: digits(uuid).bits) : Int64(bitPattern: StableHash.hash(uuid))
    }

    /// Whether it is a UUID as Python writes it.
    static func isUUID(_ text: String) -> Bool {
        guard text.utf8.count == 36 else { return false }
        var place = 0
        for byte in text.utf8 {
            let isDash = place == 8 || place == 13 || place == 18 || place == 23
            guard isDash ? byte == 0x2D : (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) else {
                return false
            }
            place += 1
        }
        return true
    }

    /// The keys of all UUIDs that begin with `prefix`; nil when none can.
    static func range(ofPrefix prefix: String) -> ClosedRange<Int64>? {
        guard (1...36).contains(prefix.utf8.count) else { return nil }
        let sample = prefix + "00000000-0000-0000-0000-000000000000".dropFirst(prefix.utf8.count)
        guard isUUID(sample) else { return nil }
        let known = min(digits(prefix).count, 16)
        let low = digits(sample).bits
        // The first digit decides the sign: a range never crosses from the highest to the lowest number.
        let high = known == 16 ? low : low | (UInt64.max >> UInt64(4 * known))
        return Int64(bitPattern: low)...Int64(bitPattern: high)
    }

    /// The first sixteen hexadecimal digits as a number, and how many digits there are.
    private static func digits(_ text: String) -> (bits: UInt64, count: Int) {
        var bits: UInt64 = 0
        var count = 0
        for byte in text.utf8 where byte != 0x2D {
            if count < 16 { bits = bits << 4 | UInt64(byte < 0x3A ? byte - 0x30 : byte - 0x57) }
            count += 1
        }
        return (bits, count)
    }
}

/// FNV-1a with 64 bits: the same in every process.
enum StableHash {
    static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
