import Foundation

/// A random generator that gives the same numbers in every run.
package struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// Damage of every kind: flipped bits, cuts, repeats, foreign bytes.
package enum Mutation {
    private static let tokens: [[UInt8]] = [
        "null", "NaN", "Infinity", "-Infinity", "true", "1e999", "18446744073709551616", "-", "\"", "\\", "\\u",
        "\\ud83d",
        "[", "]", "{", "}", ":", ",", "\u{0}", "[[[[[[[[", "{\"a\":", "\"\"", "1.5", "-0", "😀",
    ].map { Array($0.utf8) }

    package static func mutate(_ bytes: inout [UInt8], using random: inout SeededRandom) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return }
            let place = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes.removeSubrange(place...)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 4:
                let end = min(place + Int.random(in: 1...40, using: &random), bytes.count)
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            default:
                let token = tokens[Int.random(in: tokens.indices, using: &random)]
                let end = min(place + Int.random(in: 0...12, using: &random), bytes.count)
                bytes.replaceSubrange(place..<end, with: token)
            }
        }
    }
}

extension Envelope {
    /// The decoded body of an envelope; nil when it has none that can be read.
    package static func body(of payload: [UInt8]) -> [UInt8]? {
        let object = try? JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
        guard let text = object?["body"] as? String, let body = Data(base64Encoded: text) else { return nil }
        return Array(body)
    }
}
