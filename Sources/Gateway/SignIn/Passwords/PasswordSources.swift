import Identity
import Logging
import Synchronization

/// Where users with passwords come from, and what of their files is in force.
final class PasswordSources: Sendable {
    /// One watched file. A change counts when two looks in a row show the same, so that a file is not read while an
    /// editor writes it.
    private struct WatchedFile: Sendable {
        let path: String
        let role: Role
        var entries: [PasswordFile.Entry] = []
        var seen: PasswordFileReader.Fingerprint?
        var settled: PasswordFileReader.Fingerprint?
    }

    private let clearText: [PasswordTable.Account]
    /// Give users of the file another role than operator.
    private let rules: AccessPolicy
    private let files: Mutex<[WatchedFile]>
    private let logger: Logger

    init(
        clearTextUsers: [(name: String, password: String)], file: String?, firstUserFile: String?, rules: AccessPolicy,
        logger: Logger
    ) throws {
        self.rules = rules.limited(to: PasswordAuthenticator.providerID, .password)
        clearText = try clearTextUsers.map { try Self.hashed($0.name, $0.password) }
        self.logger = logger
        var files: [WatchedFile] = []
        if let firstUserFile {
            var first = WatchedFile(path: firstUserFile, role: .admin)
            if PasswordFileReader.fingerprint(firstUserFile) != nil { try Self.load(&first, logger) }
            files.append(first)
        }
        if let file {
            var operators = WatchedFile(path: file, role: .operator)
            try Self.load(&operators, logger)
            files.append(operators)
        }
        self.files = Mutex(files)
    }

    var hasFiles: Bool { files.withLock { !$0.isEmpty } }

    /// In order of precedence.
    var accounts: [PasswordTable.Account] {
        clearText
            + files.withLock { files in
                files.flatMap { file in
                    file.entries.compactMap { entry in
                        principal(entry.name, file.role).map { PasswordTable.Account(principal: $0, hash: entry.hash) }
                    }
                }
            }
    }

    /// Whether a file has changed and its new contents are in force. Blocks.
    func reloadChanged() -> Bool {
        files.withLock { files in
            var hasChanged = false
            for index in files.indices where isDue(&files[index]) {
                do throws(PasswordFileError) {
                    try Self.load(&files[index], logger)
                    hasChanged = true
                } catch {
                    logger.error(
                        "The password file has mistakes; the users read before stay in force",
                        metadata: ["problems": "\(error)"])
                }
            }
            return hasChanged
        }
    }

    private func isDue(_ file: inout WatchedFile) -> Bool {
        let current = PasswordFileReader.fingerprint(file.path)
        defer { file.seen = current }
        guard current != file.settled, current == file.seen else { return false }
        file.settled = current
        if current == nil {
            logger.error(
                "The password file is gone; the users read before stay in force", metadata: ["path": "\(file.path)"])
        }
        return current != nil
    }

    private static func load(_ file: inout WatchedFile, _ logger: Logger) throws(PasswordFileError) {
        let (contents, fingerprint, isReadableByAll) = try PasswordFileReader.read(file.path)
        file.entries = contents.entries
        file.seen = fingerprint
        file.settled = fingerprint
        if isReadableByAll {
            logger.warning(
                "Everybody on this machine can read the password file; `chmod o-r` it",
                metadata: ["path": "\(file.path)"])
        }
        if contents.entries.isEmpty {
            logger.warning("The password file has no users", metadata: ["path": "\(file.path)"])
        }
    }

    private static func hashed(_ name: String, _ password: String) throws(PasswordSourceError) -> PasswordTable.Account
    {
        guard BasicCredentials(user: name, password: password) != nil else {
            throw PasswordSourceError(
                user: name, reason: "the name is empty, or name or password has control characters or is too long")
        }
        guard let hash = PasswordHash.make(of: Array(password.utf8), saltedBy: name) else {
            throw PasswordSourceError(user: name, reason: "the password is empty or longer than 511 bytes")
        }
        return PasswordTable.Account(
            principal: Principal(provider: PasswordAuthenticator.providerID, subject: name, name: name, role: .admin),
            hash: hash)
    }

    /// Nil when the rules' limits together are too long: nobody is let in without them.
    private func principal(_ name: String, _ role: Role) -> Principal? {
        let grant = role == .admin ? nil : rules.decide(PersonFacts(subject: name, name: name)).grant
        var principal = Principal(
            provider: PasswordAuthenticator.providerID, subject: name, name: name, role: grant?.role ?? role)
        guard let grant, grant.isLimited else { return principal }
        guard let scope = try? Scope(tasks: grant.tasks, queues: grant.queues) else {
            logger.error(
                "A user of the password file is not let in: the limits of the matching access rules are too long together",
                metadata: ["user": "\(name)"])
            return nil
        }
        principal.scope = scope
        return principal
    }
}

/// Why a user of `--basic_auth` cannot work.
package struct PasswordSourceError: Error, Sendable, Equatable, CustomStringConvertible {
    package let user: String
    package let reason: String

    package var description: String { "--basic_auth, user \(user): \(reason)" }
}
