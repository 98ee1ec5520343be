/// One keyword argument to be found, `key=value`, both casefolded and trimmed.
struct KeywordNeedle: Sendable {
    let pair: String
    /// When a plain word, texts that do not contain it need no parsing.
    let key: SearchNeedle?

    /// nil when `text` has no `=`.
    init?(_ text: String) {
        let folded = Array(CaseFolding.fold(text).unicodeScalars)
        guard let equals = folded.firstIndex(of: "=") else { return nil }
        let name = SearchText.string(SearchText.trimmed(Array(folded[..<equals])))
        let value = SearchText.string(SearchText.trimmed(Array(folded[(equals + 1)...])))
        pair = "\(name)=\(value)"
        let isWord = !name.isEmpty && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
        key = isWord ? SearchNeedle(name) : nil
    }

    /// Whether the Python dict literal in `kwargs` has the pair.
    func isIn(_ kwargs: UnsafeRawBufferPointer) -> Bool {
        guard !kwargs.isEmpty else { return false }
        if let key, !key.isIn(kwargs), !kwargs.contains(0x5C) { return false }
        guard case .dictionary(let members)? = PythonLiteral.parse(String(decoding: kwargs, as: UTF8.self)) else {
            return false
        }
        return members.contains {
            "\(CaseFolding.fold($0.key.text))=\(CaseFolding.fold($0.value.text))" == pair
        }
    }
}
