/// The `Link` field of paged answers (RFC 8288), as far as following pages needs it.
enum LinkHeader {
    /// The target of `rel="next"`.
    static func next(_ value: String) -> String? {
        for link in value.split(separator: ",") {
            let parts = link.split(separator: ";").map { trimmed($0) }
            guard let target = parts.first, target.hasPrefix("<"), target.hasSuffix(">") else { continue }
            let isNext = parts.dropFirst().contains { part in
                let relation = part.lowercased()
                return relation == "rel=\"next\"" || relation == "rel=next"
            }
            if isNext { return String(target.dropFirst().dropLast()) }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
