/// Where a value came from.
package enum OptionSource: Sendable, Equatable {
    /// Spelt as on the command line, without the value.
    case flag(String)
    case environment(String)
    case file(path: String, line: Int)
    /// Taken from other settings; says how.
    case derived(String)
    case unset

    package var description: String {
        switch self {
        case .flag(let spelling): spelling
        case .environment(let name): name
        case .file(let path, let line): "\(path) line \(line)"
        case .derived(let how): how
        case .unset: "default"
        }
    }
}

/// One thing wrong with the configuration, in one line.
package struct OptionProblem: Error, Sendable, Equatable {
    package var line: String

    package init(_ line: String) { self.line = OptionProblem.singleLine(line) }

    /// A value that is not allowed.
    static func value(
        _ option: OptionDefinition, read: RawOptionValue, from source: OptionSource, allowed: String? = nil
    ) -> OptionProblem {
        let allowed = allowed ?? option.kind.allowed
        if case .bare = read {
            return OptionProblem("\(option.name): no value after \(source.description); allowed is \(allowed)")
        }
        let shown = option.secrecy == .open ? "'\(shorten(read.shown))'" : "a value that is not shown"
        return OptionProblem("\(option.name): read \(shown) from \(source.description); allowed is \(allowed)")
    }

    static func unknown(_ spelling: String, in source: String, prefix: String = "") -> OptionProblem {
        let start = spelling.drop { $0 == "-" }
        let hint = OptionName.suggestion(for: String(start), among: OptionTable.names)
        let tail = hint.map { "; did you mean \(prefix)\($0)?" } ?? "; calyx --help lists all options"
        return OptionProblem("\(shorten(spelling)): no such option (\(source))\(tail)")
    }

    private static func shorten(_ text: String) -> String {
        text.count <= 80 ? text : text.prefix(77) + "..."
    }

    /// What a stranger wrote must not forge further lines.
    private static func singleLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 })
    }
}

/// One line for the log at start.
package struct OptionNotice: Sendable, Equatable {
    package enum Level: Sendable, Equatable { case info, warning }

    package var level: Level
    package var line: String

    package init(_ level: Level, _ line: String) {
        self.level = level
        self.line = line
    }
}

/// A value as one source wrote it.
struct RawOption: Sendable {
    let option: OptionDefinition
    let value: RawOptionValue
    let source: OptionSource
}
