internal import FlowerAPI

/// The target of a request line, split but not changed: the path is checked and routed as it was received.
struct RequestTarget: Sendable {
    /// With its percent escapes.
    let path: String
    /// Nil when it is malformed.
    let query: [(name: String, value: String)]?

    init(_ target: String) {
        let utf8 = target.utf8
        let mark = utf8.firstIndex(of: UInt8(ascii: "?")) ?? utf8.endIndex
        path = String(target[..<mark])
        query = mark == utf8.endIndex ? [] : FormDecoder.pairs(utf8[utf8.index(after: mark)...])
    }
}
