/// What a client can decode (RFC 9110, section 12.5.3).
enum AcceptEncoding {
    /// Whether the field names gzip without refusing it (`q=0`).
    static func hasGzip(_ field: String?) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard parts.first == "gzip" else { return false }
            return !parts.dropFirst().contains {
                $0 == "q=0" || $0.hasPrefix("q=0.0") && $0.allSatisfy { "q=0.".contains($0) }
            }
        }
    }
}
