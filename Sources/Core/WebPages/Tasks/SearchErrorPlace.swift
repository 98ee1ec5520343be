/// Where in a search text an error is, from its message's `… at position N.` (0-based, in the trimmed text).
struct SearchErrorPlace: Equatable {
    let before: String
    let marked: String

    init?(_ message: String, in text: String) {
        guard let words = message.split(separator: " at position ").last, words.count < message.count,
            let position = Int(words.prefix { $0.isNumber })
        else { return nil }
        let trimmed = text.drop { $0.isWhitespace }
        before = String(trimmed.prefix(position))
        let rest = String(trimmed.dropFirst(position))
        marked = rest.isEmpty ? " " : rest
    }
}
