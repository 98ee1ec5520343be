/// Takes a command line apart with the table of options, by Flower's rules where it has any.
///
/// Dashes and underscores are equal, one or two dashes, `--x=v` or `--x v`, a bare boolean is true. Words of a Celery
/// command line (`celery -A app -b URL flower …`) are accepted where they make sense here.
package struct ArgumentParser {
    private let arguments: [String]
    private var position = 0
    private var words: [String] = []
    private var parsed = ParsedArguments()

    /// Parses `arguments`, without the program's own name.
    package static func parse(_ arguments: [String]) -> ParsedArguments {
        var parser = ArgumentParser(arguments: arguments)
        return parser.run()
    }

    private init(arguments: [String]) { self.arguments = arguments }

    private mutating func run() -> ParsedArguments {
        var onlyWords = false
        while position < arguments.count {
            let argument = arguments[position]
            if onlyWords || argument == "-" || !argument.hasPrefix("-") {
                words.append(argument)
            } else if argument == "--" {
                onlyWords = true
            } else {
                takeOption(argument)
            }
            position += 1
        }
        takeWords()
        if parsed.user != nil, parsed.command != .check {
            parsed.problems.append(OptionProblem("--user: only `calyx check` takes it"))
        }
        return parsed
    }

    private mutating func takeOption(_ argument: String) {
        let body = argument.drop { $0 == "-" }
        let dashes = argument.count - body.count
        let name = String(body.prefix { $0 != "=" })
        let inline = body.count > name.count ? String(body.dropFirst(name.count + 1)) : nil
        switch OptionName.canonical(name) {
        case "help", "h": return parsed.wantsHelp = true
        case "version", "V": return parsed.wantsVersion = true
        case "user": return takeUser(inline: inline)
        default: break
        }
        if CommandOption.has(OptionName.canonical(name), command: words.first) {
            return takeCommandOption(OptionName.canonical(name), inline: inline)
        }
        if CeleryOption.accepts(name) { return takeCeleryOption(name, inline: inline) }
        let found = name.count == 1 ? OptionTable.option(shortName: name) : OptionTable.option(name)
        guard dashes <= 2, let option = found else {
            // The value may be a secret of a misspelt option, so only the name is repeated.
            if inline == nil, let next = following, !next.hasPrefix("-"), Command.named(next) == nil { position += 1 }
            let spelling = String(argument.prefix { $0 != "=" })
            return parsed.problems.append(.unknown(spelling, in: "command line", prefix: "--"))
        }
        let spelling = String(argument.prefix { $0 != "=" })
        let value = takeValue(of: option, spelling: spelling, inline: inline)
        parsed.options.append(RawOption(option: option, value: value, source: .flag(spelling)))
    }

    private mutating func takeUser(inline: String?) {
        if inline == nil, following != nil { position += 1 }
        parsed.user = inline ?? (position < arguments.count ? arguments[position] : nil)
        if parsed.user?.hasPrefix("--user") ?? true || parsed.user?.isEmpty ?? true {
            parsed.user = nil
            parsed.problems.append(OptionProblem("user: say whose access: calyx check --user=ann@example.com"))
        }
    }

    private mutating func takeValue(
        of option: OptionDefinition, spelling: String, inline: String?
    ) -> RawOptionValue {
        if let inline {
            if option.secrecy != .open { parsed.secrets.append((position, spelling.utf8.count + 1)) }
            return .scalar(inline)
        }
        guard let next = following else { return .bare }
        if option.kind.isBoolean {
            guard OptionKind.boolean(next) != nil else { return .bare }
        } else if next.hasPrefix("-"), next != "-", Double(next) == nil {
            return .bare
        }
        position += 1
        if option.secrecy != .open { parsed.secrets.append((position, 0)) }
        return .scalar(next)
    }

    private var following: String? { position + 1 < arguments.count ? arguments[position + 1] : nil }

    private mutating func takeCommandOption(_ name: String, inline: String?) {
        var value = inline
        if value == nil, let next = following {
            value = next
            position += 1
        }
        guard let value, !value.isEmpty else {
            return parsed.problems.append(OptionProblem("\(name): a value must follow, --\(name)=…"))
        }
        parsed.ofCommand[name] = value
    }

    private mutating func takeCeleryOption(_ name: String, inline: String?) {
        guard CeleryOption.takesValue(name) else { return }
        var value = inline
        if value == nil, let next = following, !next.hasPrefix("-") {
            value = next
            position += 1
        }
        guard CeleryOption.namesApp(name) else { return }
        parsed.notices.append(
            OptionNotice(
                .info,
                "-A \(value ?? ""): Calyx does not import Celery applications; the broker comes from --broker or the environment"
            ))
    }

    private mutating func takeWords() {
        if words.first == "celery" { words.removeFirst() }
        if words.first == "help" {
            words.removeFirst()
            parsed.wantsHelp = true
        }
        guard let first = words.first else { return }
        guard let command = Command.named(first) else {
            return parsed.problems.append(.unexpected(first, isFirst: true))
        }
        parsed.command = command
        parsed.helpTopic = command.word
        var rest = Array(words.dropFirst())
        switch command {
        case .configPrint: takeConfigWord(&rest)
        case .password: takePasswordWords(&rest)
        case .tokenList: takeTokenWords(&rest)
        case .database: takeDatabaseWords(&rest)
        case .auditVerify: takeAuditWords(&rest)
        default: break
        }
        if let word = rest.first { parsed.problems.append(.unexpected(word, isFirst: false)) }
    }

    private mutating func takeConfigWord(_ rest: inout [String]) {
        switch rest.first {
        case "print": rest.removeFirst()
        case "docs":
            rest.removeFirst()
            parsed.command = .configDocs
        default:
            if parsed.wantsHelp { return }
            parsed.problems.append(OptionProblem("config: say what to do: calyx config print"))
            rest.removeAll()
        }
    }

    private mutating func takeDatabaseWords(_ rest: inout [String]) {
        let words = DatabaseAction.allCases.map(\.rawValue).joined(separator: ", ")
        guard let word = rest.first, let action = DatabaseAction(rawValue: word) else {
            if !parsed.wantsHelp {
                parsed.problems.append(OptionProblem("db: say what to do: calyx db and one of \(words)"))
            }
            return rest.removeAll()
        }
        rest.removeFirst()
        guard action.takesFile else { return parsed.command = .database(action, file: nil) }
        guard let file = rest.first else {
            return parsed.problems.append(OptionProblem("db \(word): say which file: calyx db \(word) FILE"))
        }
        rest.removeFirst()
        parsed.command = .database(action, file: file)
    }

    private mutating func takeTokenWords(_ rest: inout [String]) {
        let word = rest.first
        if word != nil { rest.removeFirst() }
        switch word {
        case "create": parsed.command = .tokenCreate
        case "list": parsed.command = .tokenList
        case "revoke":
            guard let token = rest.first else {
                return parsed.problems.append(OptionProblem("token revoke: say which: calyx token revoke NAME"))
            }
            rest.removeFirst()
            parsed.command = .tokenRevoke(token)
        default:
            if parsed.wantsHelp { return }
            parsed.problems.append(
                OptionProblem("token: say what to do: calyx token create, calyx token list or calyx token revoke NAME"))
            rest.removeAll()
        }
    }

    private mutating func takeAuditWords(_ rest: inout [String]) {
        let word = rest.first
        if word != nil { rest.removeFirst() }
        switch word {
        case "verify": parsed.command = .auditVerify
        case "export": parsed.command = .auditExport
        default:
            if parsed.wantsHelp { return }
            parsed.problems.append(OptionProblem("audit: say what to do: calyx audit verify or calyx audit export"))
            rest.removeAll()
        }
    }

    private mutating func takePasswordWords(_ rest: inout [String]) {
        guard let first = rest.first else { return }
        rest.removeFirst()
        guard first == "reset" else { return parsed.command = .password(user: first) }
        guard let user = rest.first else {
            return parsed.problems.append(OptionProblem("password reset: say whose: calyx password reset USER"))
        }
        rest.removeFirst()
        parsed.command = .passwordReset(user: user)
    }
}

extension Command {
    static func named(_ word: String) -> Command? {
        switch word {
        case "up", "flower": .up
        case "gateway": .gateway
        case "core": .core
        case "check": .check
        case "config": .configPrint
        case "password": .password(user: nil)
        case "token": .tokenList
        case "db": .database(.stats, file: nil)
        case "audit": .auditVerify
        default: nil
        }
    }

    package static let words = ["up", "gateway", "core", "check", "config", "password", "token", "audit", "db"]
}

extension OptionProblem {
    fileprivate static func unexpected(_ word: String, isFirst: Bool) -> OptionProblem {
        if let equals = word.firstIndex(of: "=") {
            let name = word[..<equals]
            return OptionProblem("\(name): options begin with dashes; write --\(name)=…")
        }
        guard isFirst else { return OptionProblem("\(word): unexpected word after the command") }
        let hint = OptionName.suggestion(for: word, among: Command.words).map { "; did you mean \($0)?" } ?? ""
        return OptionProblem("\(word): no such command; commands are \(Command.words.joined(separator: ", "))\(hint)")
    }
}

/// Options that one command alone has.
private enum CommandOption {
    private static let names: [String: Set<String>] = [
        "token": ["name", "role", "expires", "scopes"], "audit": ["head", "file", "format", "since", "until"],
        "db": ["search", "format", "before"],
    ]

    static func has(_ name: String, command: String?) -> Bool { command.flatMap { names[$0] }?.contains(name) ?? false }
}

/// Options of the `celery` program that people leave in front of `flower`.
private enum CeleryOption {
    private static let withValue: Set<String> = ["A", "app", "loader", "config", "workdir"]
    private static let without: Set<String> = ["q", "quiet", "C", "no_color", "skip_checks"]

    static func accepts(_ name: String) -> Bool { takesValue(name) || without.contains(OptionName.canonical(name)) }
    static func takesValue(_ name: String) -> Bool { withValue.contains(OptionName.canonical(name)) }
    static func namesApp(_ name: String) -> Bool { name == "A" || name == "app" }
}
