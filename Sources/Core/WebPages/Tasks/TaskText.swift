/// Texts that came with events, shortened for lists and judged for completeness.
enum TaskText {
    /// One line of at most `limit` characters.
    static func line(_ text: String, limit: Int) -> String {
        var line = ""
        var count = 0
        for character in text {
            guard count < limit else { return line + "…" }
            line.append(character.isNewline ? "⏎" : character)
            count += 1
        }
        return line
    }

    /// Arguments as in a call, `(17, 'a', lang='en')` shortened; nil when there are none.
    static func call(args: String?, kwargs: String?) -> String? {
        let args = args.flatMap { ["()", "[]", ""].contains($0) ? nil : line($0, limit: 120) }
        let kwargs = kwargs.flatMap { ["{}", ""].contains($0) ? nil : line($0, limit: 120) }
        guard args != nil || kwargs != nil else { return nil }
        return [args, kwargs].compactMap(\.self).joined(separator: " ")
    }

    /// Whether a worker or publisher cut this text: Celery ends the reprs that it cuts (at about 1,024 characters) so.
    static func isCutByCelery(_ text: String) -> Bool {
        guard text.utf8.count >= 1000 else { return false }
        let end = text.suffix(8)
        return end.contains("...") || end.contains("…")
    }
}
