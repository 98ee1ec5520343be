import GatewayServer
import Identity
import Options
import SignIn

/// `calyx check`: what is wrong with the configuration, what is worth knowing, and what it comes to.
enum CheckCommand {
    /// - Parameter user: whose access is to be explained.
    static func run(_ loaded: LoadedSettings, _ checks: ConfigurationChecks, user: String?) -> ExitStatus {
        let settings = loaded.settings
        var problems = checks.problems + files(settings)
        let proxy = checks.problems.isEmpty ? ProxyReport(settings) : nil
        problems += proxy?.problems.filter { !problems.contains($0) } ?? []
        Terminal.report(problems)
        for notice in loaded.notices { Terminal.print("note: \(LogText.singleLine(notice.line))\n") }
        guard problems.isEmpty else { return .badConfiguration }
        if let user {
            Terminal.print(AccessExplanation(settings, user).text)
            return .success
        }
        for hint in hints(settings) { Terminal.print("note: \(hint)\n") }
        for hint in proxy?.hints ?? [] { Terminal.print("note: \(hint)\n") }
        Terminal.print("\(summary(settings).joined(separator: "\n"))\n\n")
        if let block = proxy?.block { Terminal.print(block) }
        Terminal.print("The configuration is good.\n")
        return .success
    }

    /// Files that options name must be there and readable.
    private static func files(_ settings: Settings) -> [OptionProblem] {
        var problems: [OptionProblem] = []
        let named = [("certfile", settings.listen.certificateFile), ("keyfile", settings.listen.keyFile)]
        for (name, path) in named {
            guard let path else { continue }
            do throws(SmallFile.Failure) {
                guard try SmallFile.text(at: path).contains("-----BEGIN ") else {
                    problems.append(OptionProblem("\(name): \(path) is not in PEM form"))
                    continue
                }
            } catch {
                problems.append(OptionProblem("\(name): cannot read \(path): \(error.reason)"))
            }
        }
        if let path = settings.signIn.usersFile {
            do {
                try PasswordFileCheck.run(path)
            } catch {
                problems += FailureText.lines(error).map { OptionProblem("basic_auth_file: \($0)") }
            }
        }
        return problems
    }

    private static func hints(_ settings: Settings) -> [String] {
        var hints: [String] = []
        if !settings.signIn.isConfigured {
            hints.append("nobody is configured to sign in: only this machine can connect, as the first user admin")
        }
        if settings.signIn.unauthenticatedAPI { hints.append("anybody may read workers, tasks and queue lengths") }
        if settings.signIn.openMetrics { hints.append("anybody may read /metrics") }
        return hints
    }

    private static func summary(_ settings: Settings) -> [String] {
        let source = { (name: String) in settings.values.source(of: name).description }
        var lines = [
            "broker:    \(settings.broker.shownURL) (\(settings.broker.choice.source))",
            "state:     \(settings.state.path) (\(settings.state.source))",
        ]
        if let path = settings.listen.unixSocket {
            lines.append("listens:   unix:\(path)")
        } else {
            let anywhere = settings.signIn.isConfigured ? "all interfaces" : "127.0.0.1"
            lines.append(
                "listens:   \(settings.listen.address ?? anywhere), port \(settings.listen.port) (\(source("port")))")
        }
        if !settings.listen.urlPrefix.isEmpty { lines.append("prefix:    \(settings.listen.urlPrefix)") }
        if let file = settings.file { lines.append("file:      \(file)") }
        return lines
    }
}
