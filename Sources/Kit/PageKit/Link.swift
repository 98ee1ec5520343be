/// An address on this site, percent-encoded (RFC 3986) by construction.
package struct Link: Sendable, Equatable {
    package let text: String

    /// `path` is ours and already in its canonical form; `prefix` is empty or begins with `/`.
    package init(prefix: String, path: StaticString, query: [(name: String, value: String)] = []) {
        text = Link.encodedPath(prefix) + "\(path)" + Link.encoded(query: query)
    }

    /// `root` followed by `name` as one path segment.
    init(root: String, segment name: String, query: [(name: String, value: String)] = []) {
        text = root + Link.encoded(name) + Link.encoded(query: query)
    }

    /// A path that came from a request: encoded again, and never anything but a path of this site.
    package init(prefix: String, requestPath: String, query: [(name: String, value: String)] = []) {
        let path = requestPath.hasPrefix("/") ? requestPath : "/" + requestPath
        text = Link.encodedPath(prefix) + Link.encodedPath(path) + Link.encoded(query: query)
    }

    /// An address elsewhere that the configuration names: https, or http for a machine of one's own. Nil for any other
    /// text, and for one with characters that no URL has.
    package init?(external text: String) {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"\"<>\\^`{|}".utf8.contains($0) })
        else { return nil }
        self.text = text
    }

    /// Percent-encodes everything but unreserved characters, `@` and `:`.
    package static func encoded(_ text: String) -> String { encode(text, keeping: "-._~@:") }

    static func encodedPath(_ path: String) -> String {
        let encoded = encode(path, keeping: "-._~@:/")
        // `//host` would be an address on another site.
        return encoded.hasPrefix("//") ? "/" + String(encoded.drop { $0 == "/" }) : encoded
    }

    static func encoded(query: [(name: String, value: String)]) -> String {
        guard !query.isEmpty else { return "" }
        return "?" + query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    private static func encode(_ text: String, keeping kept: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        let kept = Array(kept.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                bytes.append(byte)
            case _ where kept.contains(byte):
                bytes.append(byte)
            default:
                bytes.append(contentsOf: [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Link {
    /// `relative` is a path under `prefix`, with a query if it has a `?`; both are encoded again.
    package init(prefix: String, relative: String) {
        let parts = relative.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map(String.init) ?? "/"
        let query = parts.count > 1 ? Link.encode(String(parts[1]), keeping: "-._~@:/=&%+") : nil
        self.init(prefix: prefix, requestPath: path, rawQuery: query)
    }

    private init(prefix: String, requestPath: String, rawQuery: String?) {
        let link = Link(prefix: prefix, requestPath: requestPath)
        text = rawQuery.map { link.text + "?" + $0 } ?? link.text
    }
}
