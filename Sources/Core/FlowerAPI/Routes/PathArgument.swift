/// The last part of a path such as `/api/task/info/<id>`.
enum PathArgument: Equatable {
    /// The path ends before it: a parameter may name it instead.
    case absent
    /// Percent-decoded; may contain `/`.
    case text(String)
    case malformed

    /// `rest` is what follows the endpoint's path and its slash.
    init(_ rest: Substring.UTF8View) {
        self = rest.isEmpty ? .absent : FormDecoder.decode(rest).map(PathArgument.text) ?? .malformed
    }
}
