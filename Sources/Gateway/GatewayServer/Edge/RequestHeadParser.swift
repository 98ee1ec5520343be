import NIOHTTP1

/// Reads a request head of HTTP/1.x whose bytes and lines `FramingMeter` has checked: no control bytes, no folded lines, CRLF
/// at the end of each, exactly two blanks in the first. Pure. What the parts may be is the guard's business.
enum RequestHeadParser {
    /// Method, target and version.
    struct Line {
        let method: HTTPMethod
        let target: String
        let version: HTTPVersion
        /// How many bytes it has, with its CRLF.
        let length: Int
    }

    /// - Parameter bytes: the head with its empty line.
    static func line(_ bytes: UnsafeRawBufferPointer) throws(FramingMeter.Violation) -> Line {
        var index = 0
        guard let method = word(bytes, &index, until: 0x20), let target = word(bytes, &index, until: 0x20),
            let version = word(bytes, &index, until: 0x0d), !method.isEmpty, !target.isEmpty,
            method.allSatisfy(token.contains), target.allSatisfy({ $0 < 0x80 })
        else { throw .requestLine }
        return Line(
            method: self.method(method), target: String(decoding: target, as: UTF8.self),
            version: try self.version(version), length: index + 1)
    }

    /// - Parameters:
    ///   - bytes: the head with its empty line.
    ///   - index: where the first field begins.
    static func fields(
        _ bytes: UnsafeRawBufferPointer, from index: Int
    ) throws(FramingMeter.Violation) -> HTTPHeaders {
        var index = index
        var fields: [(String, String)] = []
        fields.reserveCapacity(16)
        while index < bytes.count, bytes[index] != 0x0d {
            guard let name = word(bytes, &index, until: UInt8(ascii: ":")),
                var value = word(bytes, &index, until: 0x0d)
            else { throw .field }
            index += 1
            // A line without a colon would otherwise take its name from two lines.
            guard !name.isEmpty, !name.contains(0x0d) else { throw .field }
            while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
            while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
            fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return HTTPHeaders(fields)
    }

    /// The names of the trailer fields in `bytes`: lines without their CR.
    static func trailerNames(_ bytes: [UInt8]) throws(FramingMeter.Violation) -> [String] {
        var names: [String] = []
        for line in bytes.split(separator: 0x0a) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                line[..<colon].allSatisfy(token.contains)
            else { throw .trailer }
            names.append(String(decoding: line[..<colon], as: UTF8.self))
        }
        return names
    }

    /// The bytes before the next `end`, which is passed over.
    @inline(__always)
    private static func word(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, until end: UInt8
    ) -> Slice<UnsafeRawBufferPointer>? {
        let start = index
        while index < bytes.count {
            if bytes[index] == end {
                index += 1
                return bytes[start..<(index - 1)]
            }
            index += 1
        }
        return nil
    }

    private static func version(
        _ bytes: Slice<UnsafeRawBufferPointer>
    ) throws(FramingMeter.Violation) -> HTTPVersion {
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8) else { throw .requestLine }
        let start = bytes.startIndex
        let major = bytes[start + 5], minor = bytes[start + 7]
        // HTTP/2 is never spoken in text; of 1.x the guard says what is served.
        guard major == 0x31, minor.isDigitASCII, bytes[start + 6] == UInt8(ascii: ".") else { throw .requestLine }
        return HTTPVersion(major: 1, minor: Int(minor) - 0x30)
    }

    private static func method(_ bytes: Slice<UnsafeRawBufferPointer>) -> HTTPMethod {
        bytes.elementsEqual("GET".utf8) ? .GET : HTTPMethod(rawValue: String(decoding: bytes, as: UTF8.self))
    }

    /// RFC 9110's `tchar`.
    private static let token = ByteSet(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~")
}
