import APITokens
import AuditTrail
import Identity
import Logging
import Options

/// `calyx token create`, `list` and `revoke`, also while the gateway runs.
enum TokenCommand {
    static func run(_ command: Command, _ words: [String: String], _ settings: Settings) async -> ExitStatus {
        LogSetup.bootstrap(settings.logging)
        do {
            try settings.state.prepare([settings.state.gateway])
            let tokens = try await AccessStores.tokens(settings)
            await tokens.follow()
            let status =
                switch command {
                case .tokenCreate: try await create(words, tokens, settings)
                case .tokenRevoke(let word): try await revoke(word, tokens, settings)
                default: list(tokens)
                }
            await tokens.close()
            LogWriter.standardError.flush()
            return status
        } catch {
            LogWriter.standardError.flush()
            FailureText.complain(error)
            return .failure
        }
    }

    private static func create(
        _ words: [String: String], _ tokens: TokenStore, _ settings: Settings
    ) async throws -> ExitStatus {
        guard let name = words["name"] else { return complain("name: say what the token is for, e.g. --name grafana") }
        guard let role = words["role"].flatMap({ Role(rawValue: $0.lowercased()) }) else {
            return complain("role: allowed are viewer, operator and admin, e.g. --role viewer")
        }
        var scopes = TokenScope.usual(for: role)
        if let text = words["scopes"] {
            guard let given = TokenFields.scopes(text) else {
                return complain("scopes: read '\(text)'; allowed are read, metrics and operate, separated by commas")
            }
            scopes = given
        }
        let expires = words["expires"] ?? "90d"
        var lifetime: Double?
        if expires.lowercased() != "never" {
            guard case .number(let seconds)? = OptionKind.duration(60...315_360_000).parse(.scalar(expires)) else {
                return complain(
                    "expires: read '\(expires)'; allowed is a time span such as 12h or 90d, up to 10 years, or never")
            }
            lifetime = seconds
        }
        let (text, token) = try await tokens.create(
            name: name, role: role, scopes: scopes, lifetime: lifetime, by: "command line")
        try await record(.tokenCreated, "token.create \(token.name)", token, settings)
        let end = token.expires.map { "until \(AuditExport.time($0).prefix(16))Z" } ?? "without an end"
        Terminal.complain(
            """
            The token \(token.name) (\(token.id)) is made: role \(role.rawValue), scopes \(TokenFields.text(scopes)), \(end).
            It is shown this once. Send it as  Authorization: Bearer TOKEN
            A running Calyx takes it within a second; `calyx token revoke \(token.id)` ends it.


            """)
        Terminal.print(text + "\n")
        return .success
    }

    private static func list(_ tokens: TokenStore) -> ExitStatus {
        let now = AuditTrail.wallClock()
        let all = tokens.all
        guard !all.isEmpty else {
            Terminal.complain("There is no API token. Make one with: calyx token create --name grafana --role viewer\n")
            return .success
        }
        var rows = [["ID", "NAME", "ROLE", "SCOPES", "ENDS", "LAST USED", "MADE BY"]]
        for token in all {
            let ends = token.expires.map { token.isExpired(at: now) ? "over" : String(AuditExport.time($0).prefix(16)) }
            let used = token.lastUsed.map { "\(AuditExport.time($0).prefix(16)) from \(token.lastAddress)" }
            rows.append([
                token.id, token.name, token.role.rawValue, TokenFields.text(token.scopes), ends ?? "never",
                used ?? "never", token.createdBy,
            ])
        }
        let widths = (0..<rows[0].count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { LogText.singleLine($0) + String(repeating: " ", count: $1 - $0.count) }
            Terminal.print(cells.joined(separator: "  ").trimmingEnd + "\n")
        }
        return .success
    }

    private static func revoke(_ word: String, _ tokens: TokenStore, _ settings: Settings) async throws -> ExitStatus {
        guard let token = try await tokens.revoke(word) else {
            return complain("there is no token with the name or id '\(word)'; `calyx token list` shows all")
        }
        try await record(.tokenRevoked, "token.revoke \(token.name)", token, settings)
        Terminal.print(
            "The token \(token.name) (\(token.id)) is revoked. A running Calyx refuses it within a second.\n")
        return .success
    }

    private static func record(
        _ kind: AuditEvent.Kind, _ action: String, _ token: APIToken, _ settings: Settings
    ) async throws {
        var event = AuditEvent(kind, time: AuditTrail.wallClock())
        event.action = action
        event.credential = "command line"
        event.reason = token.summary
        try await AuditFile(path: settings.state.auditFile).append(event, logger: Logger(label: "audit"))
    }

    private static func complain(_ text: String) -> ExitStatus {
        Terminal.complain("calyx: \(LogText.singleLine(text))\n")
        return .badConfiguration
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
