/// One member of an exchange's binding table, `routing key SEP pattern SEP queue`. Pure.
struct BindingMatch {
    let routingKey: String
    /// Topic bindings have one; it is a Python regular expression that kombu made of the routing key.
    let isTopic: Bool
    let queue: String

    init?(member: String, separator: String) {
        guard !separator.isEmpty else { return nil }
        let parts = member.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count >= 3, let queue = parts.last, !queue.isEmpty else { return nil }
        routingKey = String(parts[0])
        isTopic = !parts[1].isEmpty
        self.queue = String(queue)
    }

    /// Whether a message with `key` goes to the queue: equal for direct exchanges; for topic ones `*` is any text that
    /// does not end in a dot and `#` any text at all, as kombu (not AMQP) has it.
    func accepts(_ key: String) -> Bool {
        guard isTopic else { return key == routingKey }
        let words = routingKey.split(separator: ".", omittingEmptySubsequences: false)
        var pattern: [Part] = []
        for (index, word) in words.enumerated() {
            if index > 0 { pattern.append(.scalar(".")) }
            switch word {
            case "*": pattern.append(.word)
            case "#": pattern.append(.anything)
            default: pattern += word.unicodeScalars.map(Part.scalar)
            }
        }
        return Self.matches(Array(key.unicodeScalars), pattern)
    }

    private enum Part: Equatable {
        case scalar(Unicode.Scalar)
        case word
        case anything
    }

    /// In steps of pattern × text: `reached[i]` says whether the pattern so far covers the first i scalars.
    private static func matches(_ text: [Unicode.Scalar], _ pattern: [Part]) -> Bool {
        var reached = [Bool](repeating: false, count: text.count + 1)
        reached[0] = true
        for part in pattern {
            var next = [Bool](repeating: false, count: text.count + 1)
            var hasStart = false
            for end in 0...text.count {
                switch part {
                case .scalar(let scalar): next[end] = end > 0 && reached[end - 1] && text[end - 1] == scalar
                case .word: next[end] = hasStart && text[end - 1] != "."
                case .anything: next[end] = hasStart || reached[end]
                }
                hasStart = hasStart || reached[end]
            }
            reached = next
        }
        return reached[text.count]
    }
}
