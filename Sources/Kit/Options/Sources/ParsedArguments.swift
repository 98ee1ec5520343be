/// What the program is asked to do.
package enum Command: Sendable, Equatable {
    case up, gateway, core, check
    case configPrint
    /// Writes docs/options.md to standard output.
    case configDocs
    /// Prints an htpasswd line for a user.
    case password(user: String?)
    case passwordReset(user: String)
    case tokenCreate, tokenList
    /// `calyx db`, with its own word and the file behind it.
    case database(DatabaseAction, file: String?)
    /// By name or id.
    case tokenRevoke(String)
    case auditVerify, auditExport

    /// The first word of the command.
    package var word: String {
        switch self {
        case .up: "up"
        case .gateway: "gateway"
        case .core: "core"
        case .check: "check"
        case .configPrint, .configDocs: "config"
        case .password, .passwordReset: "password"
        case .tokenCreate, .tokenList, .tokenRevoke: "token"
        case .database: "db"
        case .auditVerify, .auditExport: "audit"
        }
    }
}

/// A command line, taken apart.
package struct ParsedArguments: Sendable {
    package internal(set) var command: Command = .up
    package internal(set) var wantsHelp = false
    /// The command whose help is asked for; nil: the program's.
    package internal(set) var helpTopic: String?
    package internal(set) var wantsVersion = false
    /// `check --user`: the address, login, id or name of a person whose access is to be explained.
    package internal(set) var user: String?
    package internal(set) var problems: [OptionProblem] = []
    package internal(set) var notices: [OptionNotice] = []
    /// Bytes of the arguments that hold secrets: index of the argument, and where the value begins in it.
    package internal(set) var secrets: [(argument: Int, offset: Int)] = []
    /// Options that one command alone has, such as `--name` of `token create`, as written.
    package internal(set) var ofCommand: [String: String] = [:]
    var options: [RawOption] = []
}

/// What `calyx db` does.
package enum DatabaseAction: String, Sendable, CaseIterable {
    case stats, verify, export, prune, erase, backup, restore
    case load = "import"

    /// The action needs a file behind it.
    package var takesFile: Bool { self == .backup || self == .restore || self == .load }
}
