import AuditTrail
import Glibc
import Identity
import Logging
import Options
import SessionStore
import SignIn

/// `calyx password` and `calyx password reset`.
enum PasswordCommand {
    private static let shortest = 8

    /// Prints a line for a password file, for a password that is typed twice or comes from a pipe.
    static func hash(for user: String, _ arguments: ParsedArguments) -> ExitStatus {
        guard arguments.problems.isEmpty else {
            Terminal.report(arguments.problems)
            return .badConfiguration
        }
        guard let password = Terminal.readSecret(prompt: "Password for \(LogText.singleLine(user)): ") else {
            return complain("no password was typed")
        }
        if Terminal.inputIsTerminal {
            guard Terminal.readSecret(prompt: "Once more: ") == password else {
                return complain("the two passwords differ; nothing was made")
            }
        }
        guard password.count >= shortest else {
            return complain("the password has fewer than \(shortest) characters; nothing was made")
        }
        guard let line = PasswordEntry.line(name: user, password: password) else {
            return complain(
                "the name or the password cannot be used: a name has no colon, a password at most 511 bytes")
        }
        Terminal.print(line + "\n")
        return .success
    }

    /// Gives a user of the state directory's own file a new password and ends that user's sessions.
    static func reset(_ user: String, _ settings: Settings) async -> ExitStatus {
        LogSetup.bootstrap(settings.logging)
        do {
            try settings.state.prepare([settings.state.gateway])
            let password = try FirstUser.resetPassword(of: user, stateDirectory: settings.state.path)
            Terminal.print("The new password of \(user) is shown once:\n\n    \(password)\n\n")
            let ended = try await endSessions(of: SessionOwner(provider: "basic", subject: user), settings)
            Terminal.print(ended == 0 ? "" : "\(ended) of \(user)'s sessions are ended.\n")
            var event = AuditEvent(.passwordReset, time: AuditTrail.wallClock())
            event.action = "password.reset \(user)"
            event.credential = "command line"
            try await AuditFile(path: settings.state.auditFile).append(event, logger: Logger(label: "audit"))
            if settings.signIn.isConfigured {
                Terminal.print("It is in force only while neither basic_auth nor auth_provider is configured.\n")
            }
            LogWriter.standardError.flush()
            return .success
        } catch {
            LogWriter.standardError.flush()
            FailureText.complain(error)
            return .failure
        }
    }

    /// In the file, which a running gateway notices, or in Redis.
    private static func endSessions(of owner: SessionOwner, _ settings: Settings) async throws -> Int {
        guard settings.sessions.store != nil else {
            return try await SQLiteSessionStore.endSessions(
                of: owner, path: settings.state.sessionsFile, logger: Logger(label: "sessions"))
        }
        let sessions = try await AccessStores.sessions(settings)
        let ended = try await sessions.endAll(of: owner, except: nil)
        try await sessions.close()
        return ended
    }

    private static func complain(_ text: String) -> ExitStatus {
        Terminal.complain("calyx: \(text)\n")
        return .failure
    }
}
