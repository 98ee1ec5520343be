/// The last part of a path such as `/api/task/info/<id>`.
enum PathArgument: Equatable {
    /// The path ends before it: the query may name it instead.
    case absent
    /// Percent-decoded; may contain `/`.
    case text(String)
    case malformed

    /// Nil when `path` is neither `prefix` nor below it.
    init?(_ path: String, after prefix: String) {
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        let rest = path.utf8.dropFirst(prefix.utf8.count)
        guard rest.first ?? UInt8(ascii: "/") == UInt8(ascii: "/") else { return nil }
        guard rest.count > 1 else {
            self = .absent
            return
        }
        self = FormDecoder.decode(rest.dropFirst()).map(PathArgument.text) ?? .malformed
    }
}
