/// A URL in a worker's answer without the password in it.
enum MaskedURL {
    static func text(_ text: String) -> String {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return text }
        let authority = parts[1].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return text
        }
        return "\(parts[0])://\(authority[...colon])**\(parts[1][at...])"
    }
}
