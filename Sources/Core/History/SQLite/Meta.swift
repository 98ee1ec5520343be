internal import GRDB

/// Numbers about the file that are kept in it.
enum Meta: String {
    /// Tasks stored.
    case tasks
    /// The texts of all tasks up to this row are in the index.
    case indexed
    /// Whether there is an index.
    case search

    static func value(_ key: Meta, _ db: Database) throws -> Int64 {
        try Int64.fetchOne(
            try db.cachedStatement(sql: "SELECT value FROM meta WHERE key = ?"), arguments: [key.rawValue]) ?? 0
    }

    static func set(_ key: Meta, to value: Int64, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE meta SET value = ? WHERE key = ?").execute(arguments: [value, key.rawValue])
    }

    static func add(_ amount: Int64, to key: Meta, _ db: Database) throws {
        guard amount != 0 else { return }
        try db.cachedStatement(sql: "UPDATE meta SET value = value + ? WHERE key = ?")
            .execute(arguments: [amount, key.rawValue])
    }
}
