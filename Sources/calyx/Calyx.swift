import Glibc
import Options

/// Arguments to configuration to a running program.
@main
struct Calyx {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        Allocator.keepLittle()
        let arguments = ArgumentParser.parse(Array(CommandLine.arguments.dropFirst()))
        ArgumentEraser.erase(arguments)
        exit(await run(arguments).rawValue)
    }

    private static func run(_ arguments: ParsedArguments) async -> ExitStatus {
        if arguments.wantsVersion {
            Terminal.print("calyx \(Version.text)\n")
            return .success
        }
        if arguments.wantsHelp {
            Terminal.print(HelpText.text(for: arguments.helpTopic))
            return .success
        }
        switch arguments.command {
        case .configDocs:
            Terminal.print(OptionsPage.markdown)
            return .success
        case .password(let user): return PasswordCommand.hash(for: user ?? "admin", arguments)
        default: break
        }
        let loaded = Settings.load(
            arguments, environment: ProcessEnvironment.read(), directory: StateDirectory.currentDirectory() ?? ".")
        let checks = ConfigurationChecks(loaded)
        switch arguments.command {
        case .check: return CheckCommand.run(loaded, checks, user: arguments.user)
        case .configPrint:
            Terminal.print(EffectiveOptions.text(of: loaded.settings))
            Terminal.report(loaded.problems)
            return loaded.problems.isEmpty ? .success : .badConfiguration
        default: break
        }
        guard checks.problems.isEmpty else {
            Terminal.report(checks.problems)
            return .badConfiguration
        }
        if case .passwordReset(let user) = arguments.command {
            return await PasswordCommand.reset(user, loaded.settings)
        }
        switch arguments.command {
        case .tokenCreate, .tokenList, .tokenRevoke:
            return await TokenCommand.run(arguments.command, arguments.ofCommand, loaded.settings)
        case .auditVerify, .auditExport:
            return await AuditCommand.run(arguments.command, arguments.ofCommand, loaded.settings)
        case .database(let action, let file):
            return DatabaseCommand(action: action, file: file, words: arguments.ofCommand, settings: loaded.settings)
                .run()
        default: break
        }
        return await ServeCommand(arguments.command, loaded).run()
    }
}

/// The status that the program ends with.
enum ExitStatus: Int32 {
    case success = 0
    /// It could not start, or stopped by itself.
    case failure = 1
    /// Wrong options; nothing was started.
    case badConfiguration = 2
}
