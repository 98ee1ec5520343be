import Foundation
import GRDB
import Identity
import PrivateDatabase

/// The statements on one open session database. Every call blocks and belongs on GRDB's own queue.
enum SessionDatabase {
    static let kind = PrivateDatabaseFile.Kind(
        // "CLYX"
        name: "session database", applicationID: 0x434C_5958, schemaVersion: 3,
        consequenceOfLoss: "everybody has to sign in again"
    ) { db, version in
        switch version {
        case 0: try createSchema(db)
        case 1:
            // Sessions of before have nothing to check their membership with.
            try db.execute(
                sql: """
                    ALTER TABLE sessions ADD COLUMN credential BLOB;
                    ALTER TABLE sessions ADD COLUMN checked REAL NOT NULL DEFAULT 0;
                    """)
        default: try db.execute(sql: "ALTER TABLE sessions ADD COLUMN scope BLOB;")
        }
    }

    private static func createSchema(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE sessions (
                    id BLOB PRIMARY KEY NOT NULL,
                    provider TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, email TEXT, role TEXT NOT NULL,
                    csrf_token TEXT NOT NULL,
                    created REAL NOT NULL, last_seen REAL NOT NULL, absolute_expires REAL NOT NULL,
                    user_agent TEXT NOT NULL, address TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE flows (
                    state BLOB PRIMARY KEY NOT NULL,
                    browser BLOB NOT NULL,
                    provider TEXT NOT NULL, verifier TEXT NOT NULL, return_to TEXT NOT NULL,
                    redirect_uri TEXT NOT NULL,
                    created REAL NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX flows_by_browser ON flows (browser, created);
                CREATE INDEX flows_by_age ON flows (created);
                """)
    }

    /// - Parameter credential: sealed.
    static func insert(_ session: Session, credential: [UInt8]?, _ db: Database) throws {
        let principal = session.principal
        try db.execute(
            sql: """
                INSERT INTO sessions (id, provider, subject, name, email, role, csrf_token, created, last_seen,
                    absolute_expires, user_agent, address, credential, checked, scope)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                blob(session.id.bytes), principal.provider, principal.subject, principal.name, principal.email,
                principal.role.rawValue, session.csrfToken, session.created, session.lastSeen,
                session.absoluteExpires, session.userAgent, session.address, credential.map(blob),
                session.membershipChecked, principal.scope.map { blob($0.encoded) },
            ])
    }

    /// Every stored session; a row that this version cannot read is left out, which signs its owner out. The columns are
    /// named, so that a file with others is an error here and nothing worse later.
    static func sessions(_ db: Database, idle: Double) throws -> [Session] {
        var sessions: [Session] = []
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT id, provider, subject, name, email, role, csrf_token, created, last_seen, absolute_expires,
                    user_agent, address, checked, scope
                FROM sessions
                """)
        while let row = try rows.next() {
            guard let id = SessionID(bytes: [UInt8](row["id"] as Data)), let role = Role(rawValue: row["role"]) else {
                continue
            }
            var scope: Scope?
            if let encoded = row["scope"] as Data? {
                scope = Scope(encoded: encoded)
                // Read as no limit, it would show everything.
                if scope == nil { continue }
            }
            let lastSeen: Double = row["last_seen"]
            let absoluteExpires: Double = row["absolute_expires"]
            sessions.append(
                Session(
                    id: id,
                    principal: Principal(
                        provider: row["provider"], subject: row["subject"], name: row["name"], email: row["email"],
                        role: role, scope: scope),
                    csrfToken: row["csrf_token"], created: row["created"], lastSeen: lastSeen,
                    idleExpires: min(lastSeen + idle, absoluteExpires), absoluteExpires: absoluteExpires,
                    membershipChecked: row["checked"], userAgent: row["user_agent"], address: row["address"]))
        }
        return sessions
    }

    static func delete(_ ids: [SessionID], _ db: Database) throws {
        guard !ids.isEmpty else { return }
        let statement = try db.cachedStatement(sql: "DELETE FROM sessions WHERE id = ?")
        for id in ids { try statement.execute(arguments: [blob(id.bytes)]) }
    }

    static func deleteAll(of owner: SessionOwner, except kept: SessionID?, _ db: Database) throws -> Int {
        try db.execute(
            sql: "DELETE FROM sessions WHERE provider = ? AND subject = ? AND id IS NOT ?",
            arguments: [owner.provider, owner.subject, kept.map { blob($0.bytes) }])
        return db.changesCount
    }

    static func store(_ touches: [SessionTable.Touch], _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "UPDATE sessions SET last_seen = ? WHERE id = ?")
        for touch in touches { try statement.execute(arguments: [touch.lastSeen, blob(touch.id.bytes)]) }
    }

    /// Sealed, as it was stored.
    static func credential(of id: SessionID, _ db: Database) throws -> [UInt8]? {
        try Data.fetchOne(db, sql: "SELECT credential FROM sessions WHERE id = ?", arguments: [blob(id.bytes)])
            .map { [UInt8]($0) }
    }

    /// - Parameter credential: sealed; nil keeps what there is.
    static func update(
        _ id: SessionID, principal: Principal, credential: [UInt8]?, checked: Double, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                UPDATE sessions SET name = ?, email = ?, role = ?, scope = ?, credential = coalesce(?, credential),
                    checked = ?
                WHERE id = ?
                """,
            arguments: [
                principal.name, principal.email, principal.role.rawValue, principal.scope.map { blob($0.encoded) },
                credential.map(blob), checked,
                blob(id.bytes),
            ])
    }

    static func blob(_ bytes: [UInt8]) -> Data { Data(bytes) }
}
