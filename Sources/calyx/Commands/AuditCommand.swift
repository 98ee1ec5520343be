import AuditTrail
import Logging
import Options

/// `calyx audit verify` and `calyx audit export`: only reading, also while the gateway runs.
enum AuditCommand {
    static func run(_ command: Command, _ words: [String: String], _ settings: Settings) async -> ExitStatus {
        let file = AuditFile(path: words["file"].map(StateDirectory.absolute) ?? settings.state.auditFile)
        guard file.exists else {
            return complain(
                "there is no audit record at \(file.path); name another with --file or --state_dir", .failure)
        }
        do {
            return command == .auditExport ? try await export(file, words) : try await verify(file, words)
        } catch {
            FailureText.complain(error)
            return .failure
        }
    }

    private static func verify(_ file: AuditFile, _ words: [String: String]) async throws -> ExitStatus {
        var known: [AuditHead] = []
        if let text = words["head"] {
            guard let head = AuditHead(text) else {
                return complain(
                    "head: read '\(text)'; allowed is NUMBER:HASH as a former verification printed it",
                    .badConfiguration)
            }
            known = [head]
        }
        let found = try await file.verify(known: known)
        if let problem = found.problem {
            Terminal.complain(
                "calyx: \(file.path) is not whole: \(problem). The \(found.entries) entries before are as they were written.\n"
            )
            return .failure
        }
        Terminal.print(
            """
            \(file.path) is whole: \(found.entries) entries\(found.first > 1 ? ", from number \(found.first) on (older ones were removed by retention)" : "").
            head  \(found.head)

            """)
        return .success
    }

    private static func export(_ file: AuditFile, _ words: [String: String]) async throws -> ExitStatus {
        guard let format = AuditExport(rawValue: words["format"]?.lowercased() ?? "ndjson") else {
            return complain("format: allowed are ndjson and csv", .badConfiguration)
        }
        var query = AuditQuery()
        let now = AuditTrail.wallClock()
        for (name, path) in [("since", \AuditQuery.since), ("until", \AuditQuery.until)] {
            guard let text = words[name] else { continue }
            guard let time = AuditTime.read(text, now: now) else {
                return complain(
                    "\(name): read '\(text)'; allowed are 2026-01-31, a time of RFC 3339, or a span such as 24h",
                    .badConfiguration)
            }
            query[keyPath: path] = time
        }
        Terminal.print(format.head)
        try await file.export(query) { Terminal.print(format.line($0)) }
        return .success
    }

    private static func complain(_ text: String, _ status: ExitStatus) -> ExitStatus {
        Terminal.complain("calyx: \(LogText.singleLine(text))\n")
        return status
    }
}
