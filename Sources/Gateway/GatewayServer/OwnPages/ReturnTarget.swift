/// Where a person goes after signing in: a canonical local path without the prefix, and its query. Never anything that a
/// browser could take for another site.
struct ReturnTarget: Sendable, Equatable {
    static let start = ReturnTarget(unchecked: "/")
    static let maximumLength = 2048

    /// Begins with one `/`.
    let value: String

    private init(unchecked value: String) { self.value = value }

    /// A path and query that passed the guard.
    init(path: String, query: String?) {
        self = ReturnTarget(query.map { "\(path)?\($0)" } ?? path)
    }

    /// Anything that is not exactly canonical, or is one of the sign-in pages themselves, becomes the start page.
    init(_ text: String?) {
        guard let text, text.utf8.count <= Self.maximumLength else {
            self = .start
            return
        }
        let question = text.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = text[..<(question ?? text.endIndex)]
        let query = question.map { text[$0...] } ?? ""
        guard let canonical = try? CanonicalPath(path), canonical.value == path, !Self.isOwnPage(canonical.value),
            query.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\\") })
        else {
            self = .start
            return
        }
        value = text
    }

    private static func isOwnPage(_ path: String) -> Bool {
        ["/login", "/logout", "/oauth2"].contains { path == $0 || path.utf8.starts(with: "\($0)/".utf8) }
    }
}
