/// The one form of a request's path: what is authorised and what is forwarded are these very bytes.
///
/// Percent-escapes of unreserved characters (RFC 3986, section 2.3) are decoded, all others keep upper-case digits.
/// Whatever two programs could read differently is refused rather than repaired.
struct CanonicalPath: Sendable, Equatable {
    enum Fault: Error, Equatable {
        case notOriginForm, encodedSlash, encodedBackslash, controlByte, fragment, dotSegment, emptySegment
        case malformedEscape, forbiddenByte, invalidUTF8
    }

    /// Begins with `/`, ASCII only.
    let value: String

    /// The canonical form of `path`: the target up to the question mark.
    init(_ path: Substring) throws(Fault) {
        var copy = path
        let outcome: Result<String?, Fault> = copy.withUTF8 { bytes in
            do throws(Fault) { return .success(try Self.canonicalise(bytes)) } catch { return .failure(error) }
        }
        // Nothing to decode in nearly every request: then the very string is canonical.
        value = try outcome.get() ?? String(path)
    }

    /// Nil when the bytes are canonical already.
    private static func canonicalise(_ bytes: UnsafeBufferPointer<UInt8>) throws(Fault) -> String? {
        guard bytes.first == slash else { throw .notOriginForm }
        let plain = plain, unreserved = unreserved
        var output: [UInt8]?
        var escapedUTF8 = UTF8Sequence()
        var segment = Segment()
        var index = 1
        while index < bytes.count {
            let byte = bytes[index]
            if byte == slash {
                try segment.end(isLast: false)
                try escapedUTF8.expectComplete()
                output?.append(byte)
                index += 1
                continue
            }
            if byte != percent {
                guard plain.contains(byte) else { throw fault(of: byte) }
                try escapedUTF8.expectComplete()
                segment.append(byte)
                output?.append(byte)
                index += 1
                continue
            }
            guard index + 2 < bytes.count, let high = bytes[index + 1].hexadecimalValue,
                let low = bytes[index + 2].hexadecimalValue
            else { throw .malformedEscape }
            let decoded = high << 4 | low
            if decoded == slash { throw .encodedSlash }
            if decoded == UInt8(ascii: "\\") { throw .encodedBackslash }
            if decoded.isControl { throw .controlByte }
            try escapedUTF8.append(decoded)
            if unreserved.contains(decoded) {
                if output == nil { output = Array(bytes[..<index]) }
                segment.append(decoded)
                output?.append(decoded)
            } else {
                let escape = [percent, upperHex(high), upperHex(low)]
                if output == nil, escape[1] != bytes[index + 1] || escape[2] != bytes[index + 2] {
                    output = Array(bytes[..<index])
                }
                segment.append(decoded == UInt8(ascii: ";") ? decoded : UInt8(ascii: "x"))
                output?.append(contentsOf: escape)
            }
            index += 3
        }
        try escapedUTF8.expectComplete()
        try segment.end(isLast: true)
        return output.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func fault(of byte: UInt8) -> Fault {
        if byte == UInt8(ascii: "#") { return .fragment }
        return byte.isControl ? .controlByte : .forbiddenByte
    }

    private static func upperHex(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    private static let slash = UInt8(ascii: "/")
    private static let percent = UInt8(ascii: "%")
    private static let unreserved = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
    /// RFC 3986's `pchar` without escapes.
    private static let plain = ByteSet(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@")
}

/// Sees whether one segment is empty, or is a dot segment with or without `;` parameters.
private struct Segment {
    private var length = 0
    private var dots = 0
    private var onlyDots = true
    private var hasParameters = false

    mutating func append(_ byte: UInt8) {
        length += 1
        if hasParameters { return }
        if byte == UInt8(ascii: ";") {
            hasParameters = true
        } else if byte == UInt8(ascii: ".") {
            dots += 1
        } else {
            onlyDots = false
        }
    }

    /// The last segment of a path may be empty: one trailing slash is no empty segment.
    mutating func end(isLast: Bool) throws(CanonicalPath.Fault) {
        if length == 0, !isLast { throw .emptySegment }
        if onlyDots, dots == 1 || dots == 2 { throw .dotSegment }
        self = Segment()
    }
}

/// Follows escaped bytes and refuses what is no UTF-8, overlong forms and surrogates included.
private struct UTF8Sequence {
    private var pending = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xbf

    @inline(__always)
    func expectComplete() throws(CanonicalPath.Fault) {
        if pending > 0 { throw .invalidUTF8 }
    }

    mutating func append(_ byte: UInt8) throws(CanonicalPath.Fault) {
        if pending > 0 {
            guard byte >= lowest, byte <= highest else { throw .invalidUTF8 }
            pending -= 1
            (lowest, highest) = (0x80, 0xbf)
            return
        }
        switch byte {
        case 0..<0x80: return
        case 0xc2...0xdf: pending = 1
        case 0xe0: (pending, lowest) = (2, 0xa0)
        case 0xed: (pending, highest) = (2, 0x9f)
        case 0xe1...0xef: pending = 2
        case 0xf0: (pending, lowest) = (3, 0x90)
        case 0xf4: (pending, highest) = (3, 0x8f)
        case 0xf1...0xf3: pending = 3
        default: throw .invalidUTF8
        }
    }
}
