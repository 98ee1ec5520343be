import Foundation
import GRDB
import Identity
import Logging
import PrivateDatabase

/// Tokens in one SQLite file, which `calyx token` changes while the gateway runs.
package final class SQLiteTokenStorage: TokenStorage {
    private let queue: DatabaseQueue

    private static let kind = PrivateDatabaseFile.Kind(
        // "CLYT"
        name: "token database", applicationID: 0x434C_5954, schemaVersion: 1,
        consequenceOfLoss: "no API token is accepted any more"
    ) { db, _ in
        try db.execute(
            sql: """
                CREATE TABLE tokens (
                    hash BLOB PRIMARY KEY NOT NULL,
                    name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, scopes TEXT NOT NULL,
                    created REAL NOT NULL, created_by TEXT NOT NULL, expires REAL,
                    last_used REAL, last_address TEXT NOT NULL
                ) STRICT, WITHOUT ROWID
                """)
    }

    /// Opens or creates the file, mode 0600.
    /// - Throws: `PrivateDatabaseError`.
    package init(path: String, logger: Logger) async throws {
        let file = PrivateDatabaseFile(Self.kind, path: path, logger: logger, now: Date().timeIntervalSince1970)
        queue = try await PrivateDatabaseFile.offPool { try file.open { _ = try Self.tokens($0) }.0 }
    }

    package func version() async throws -> String { try await queue.read { "\(try $0.dataVersion())" } }

    package func load() async throws -> [APIToken] { try await queue.read { try Self.tokens($0) } }

    package func insert(_ token: APIToken) async throws {
        do {
            try await queue.write { db in
                try db.execute(
                    sql: "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        Data(token.hash), token.name, token.role.rawValue, TokenFields.text(token.scopes),
                        token.created,
                        token.createdBy, token.expires, token.lastUsed, token.lastAddress,
                    ])
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw TokenError(
                "a token with the name '\(token.name)' exists already; revoke it first, or choose another name")
        }
    }

    package func delete(hash: [UInt8]) async throws -> Bool {
        try await queue.write { db in
            try db.execute(sql: "DELETE FROM tokens WHERE hash = ?", arguments: [Data(hash)])
            return db.changesCount > 0
        }
    }

    package func storeUses(_ tokens: [APIToken]) async throws {
        try await queue.write { db in
            for token in tokens {
                try db.execute(
                    sql: "UPDATE tokens SET last_used = ?, last_address = ? WHERE hash = ?",
                    arguments: [token.lastUsed, token.lastAddress, Data(token.hash)])
            }
        }
    }

    package func close() async throws {
        let queue = queue
        try await PrivateDatabaseFile.offPool { try queue.close() }
    }

    /// Rows that this version cannot read are no tokens.
    private static func tokens(_ db: Database) throws -> [APIToken] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT hash, name, role, scopes, created, created_by, expires, last_used, last_address FROM tokens
                """
        ).compactMap { row in
            guard let role = Role(rawValue: row["role"]), let scopes = TokenFields.scopes(row["scopes"]) else {
                return nil
            }
            return APIToken(
                hash: [UInt8](row["hash"] as Data), name: row["name"], role: role, scopes: scopes,
                created: row["created"], createdBy: row["created_by"], expires: row["expires"],
                lastUsed: row["last_used"], lastAddress: row["last_address"])
        }
    }
}

/// Scopes as text: `read,metrics`.
package enum TokenFields {
    package static func text(_ scopes: Set<TokenScope>) -> String {
        scopes.sorted().map(\.rawValue).joined(separator: ",")
    }

    /// Nil when one of them is unknown, or there is none.
    package static func scopes(_ text: String) -> Set<TokenScope>? {
        var scopes: Set<TokenScope> = []
        for word in text.split(separator: ",") {
            guard let scope = TokenScope(rawValue: word.filter { $0 != " " }.lowercased()) else { return nil }
            scopes.insert(scope)
        }
        return scopes.isEmpty ? nil : scopes
    }
}
