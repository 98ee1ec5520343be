import Glibc
import NIOHTTP1

/// Remembers version and fields of a connection's last request head, since programs send the same ones with every request.
struct RepeatedFields {
    /// Longer heads are not remembered.
    private static let longest = 2048
    /// `HTTP/1.1` and its CRLF belong to what must be the same.
    private static let versionLength = 10

    private var bytes: [UInt8] = []
    private var headers = HTTPHeaders()

    /// The head in `bytes`, and whether version and fields are the same as last time, byte for byte.
    mutating func head(
        _ head: UnsafeRawBufferPointer
    ) throws(FramingMeter.Violation) -> (head: HTTPRequestHead, isRepeated: Bool) {
        let line = try RequestHeadParser.line(head)
        let tail = UnsafeRawBufferPointer(rebasing: head[(line.length - Self.versionLength)...])
        let isRepeated = isSame(tail)
        if !isRepeated {
            headers = try RequestHeadParser.fields(head, from: line.length)
            bytes.removeAll(keepingCapacity: true)
            if tail.count <= Self.longest { bytes.append(contentsOf: tail) }
        }
        let whole = HTTPRequestHead(version: line.version, method: line.method, uri: line.target, headers: headers)
        return (whole, isRepeated)
    }

    private func isSame(_ tail: UnsafeRawBufferPointer) -> Bool {
        guard tail.count == bytes.count else { return false }
        return bytes.withUnsafeBytes { known in
            guard let one = known.baseAddress, let other = tail.baseAddress else { return false }
            return memcmp(one, other, tail.count) == 0
        }
    }
}
