/// The path under which everything is served.
package enum URLPrefix {
    /// `/a/b` for `a/b`, `/a/b` or `/a/b/`; empty for `` and `/`; nil when a segment is empty, `.` or `..`, or has other
    /// characters than letters, digits and `-._~`.
    package static func normalised(_ text: String) -> String? {
        var path = text[...]
        while path.last == "/" { path.removeLast() }
        if path.first == "/" { path.removeFirst() }
        if path.isEmpty { return "" }
        for segment in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard !segment.isEmpty, segment != ".", segment != "..",
                segment.utf8.allSatisfy({ byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
                    default: false
                    }
                })
            else { return nil }
        }
        return "/" + path
    }
}
