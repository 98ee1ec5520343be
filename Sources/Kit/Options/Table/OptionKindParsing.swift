extension OptionKind {
    /// The value of `raw`, or nil when it is not `allowed`.
    package func parse(_ raw: RawOptionValue) -> OptionValue? {
        switch raw {
        case .bare: isBoolean ? .boolean(true) : nil
        case .scalar(let text): parse(text: text)
        case .sequence(let items): parse(items: items)
        case .records(let records): if case .records(let shape) = self { value(records, shape) } else { nil }
        }
    }

    private func parse(text: String) -> OptionValue? {
        let trimmed = Self.trim(text)
        switch self {
        case .text, .path, .url: return .text(trimmed)
        case .boolean: return Self.boolean(trimmed).map(OptionValue.boolean)
        case .integer(let range):
            guard let number = Int(trimmed), range.contains(number) else { return nil }
            return .integer(number)
        case .number(let range):
            guard let number = Double(trimmed), range.contains(number) else { return nil }
            return .number(number)
        case .choice(let words):
            let word = trimmed.lowercased()
            return words.contains(word) ? .text(word) : nil
        case .list, .numbers, .records:
            return parse(items: trimmed.split(separator: ",").map(String.init))
        case .bytes(let range):
            guard let size = Self.scaled(trimmed, units: Self.sizeUnits), let bytes = Int(exactly: size.rounded()),
                range.contains(bytes)
            else { return nil }
            return .integer(bytes)
        case .duration(let range):
            guard let seconds = Self.scaled(trimmed, units: Self.timeUnits), range.contains(seconds) else { return nil }
            return .number(seconds)
        }
    }

    private func parse(items: [String]) -> OptionValue? {
        let items = items.map(Self.trim).filter { !$0.isEmpty }
        switch self {
        case .list: return .list(items)
        case .numbers:
            let numbers = items.compactMap { Double($0) }
            guard numbers.count == items.count, !numbers.contains(where: \.isNaN) else { return nil }
            return .numbers(numbers)
        case .records(let shape):
            let records = items.compactMap { OptionRecord(text: $0) }
            return records.count == items.count ? value(records, shape) : nil
        // Flower takes these as comma-separated text, and files may write them as a list.
        case .text: return .text(items.joined(separator: ","))
        default: return nil
        }
    }

    private func value(_ records: [OptionRecord], _ shape: RecordShape) -> OptionValue {
        .records(records, secret: shape.secretFields)
    }

    /// One rule for command line, environment and files (Flower has three).
    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "t", "yes", "y", "on", "1": true
        case "false", "f", "no", "n", "off", "0": false
        default: nil
        }
    }

    private static let sizeUnits: [(String, Double)] = [
        ("kb", 1024), ("mb", 1_048_576), ("gb", 1_073_741_824), ("tb", 1_099_511_627_776), ("k", 1024),
        ("m", 1_048_576), ("g", 1_073_741_824), ("t", 1_099_511_627_776), ("b", 1),
    ]
    private static let timeUnits: [(String, Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800),
    ]

    private static func scaled(_ text: String, units: [(String, Double)]) -> Double? {
        let text = text.lowercased()
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let number = Double(trim(String(text.dropLast(unit.count)))) else { continue }
            return number.isFinite && number >= 0 ? number * factor : nil
        }
        guard let number = Double(text), number.isFinite, number >= 0 else { return nil }
        return number
    }

    static func trim(_ text: String) -> String {
        var slice = text[...]
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }
}

/// A value as a source wrote it.
package enum RawOptionValue: Sendable, Equatable {
    /// A flag without a value.
    case bare
    case scalar(String)
    case sequence([String])
    case records([OptionRecord])

    /// For messages: what was read.
    package var shown: String {
        switch self {
        case .bare: ""
        case .scalar(let text): text
        case .sequence(let items): items.joined(separator: ",")
        case .records: "a list of mappings"
        }
    }
}
