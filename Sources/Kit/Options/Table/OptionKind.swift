/// The type of an option's value, with its range.
package enum OptionKind: Sendable {
    case text
    case path
    case url
    case boolean
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// One of these words, in any case.
    case choice([String])
    /// Texts separated by commas.
    case list
    /// Numbers separated by commas; `inf` is one.
    case numbers
    /// A size: `1048576`, `512MB`, `2GB` (powers of 1024).
    case bytes(ClosedRange<Int>)
    /// A time span in seconds: `90`, `15m`, `12h`, `14d`.
    case duration(ClosedRange<Double>)
    /// Mappings in a file; `key=value key=value, …` elsewhere.
    case records(RecordShape)

    package var isBoolean: Bool {
        if case .boolean = self { true } else { false }
    }

    /// What stands for a value in help.
    package var placeholder: String {
        switch self {
        case .text: "TEXT"
        case .path: "PATH"
        case .url: "URL"
        case .boolean: "true|false"
        case .integer, .number: "NUMBER"
        case .choice(let words): words.joined(separator: "|")
        case .list: "A,B,…"
        case .numbers: "N,N,…"
        case .bytes: "SIZE"
        case .duration: "TIME"
        case .records: "KEY=VALUE …"
        }
    }

    /// What is allowed, as the end of a sentence.
    package var allowed: String {
        switch self {
        case .text: "a text"
        case .path: "a file path"
        case .url: "a URL"
        case .boolean: "true or false (also yes/no, on/off, 1/0)"
        case .integer(let range):
            "a whole number " + Self.span("\(range.lowerBound)", "\(range.upperBound)", range.upperBound == .max)
        case .number(let range):
            "a number " + Self.span("\(range.lowerBound)", "\(range.upperBound)", range.upperBound == .infinity)
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .list: "texts separated by commas"
        case .numbers: "numbers separated by commas"
        case .bytes(let range): "a size such as 512MB or 2GB, at least \(Self.size(range.lowerBound))"
        case .duration: "a time span such as 30s, 15m, 12h or 14d"
        case .records(let shape):
            "a list of mappings in a file, or texts such as '\(shape.example)' separated by commas"
        }
    }

    private static func span(_ low: String, _ high: String, _ isOpen: Bool) -> String {
        isOpen ? "of at least \(low)" : "from \(low) to \(high)"
    }

    private static func size(_ bytes: Int) -> String {
        bytes >= 1 << 20 ? "\(bytes >> 20)MB" : "\(bytes) bytes"
    }
}

/// A parsed value.
package enum OptionValue: Sendable, Equatable {
    case text(String)
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case list([String])
    case numbers([Double])
    case records([OptionRecord], secret: Set<String>)

    /// The value as it would be written in a file.
    package var description: String {
        switch self {
        case .text(let text): text
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): Self.plain(number)
        case .list(let items): items.joined(separator: ",")
        case .numbers(let numbers): numbers.map(Self.plain).joined(separator: ",")
        case .records(let records, let secret):
            records.map { $0.description(secret: secret) }.joined(separator: ", ")
        }
    }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() && number.magnitude < 1e15 ? String(Int(number)) : String(number)
    }
}
