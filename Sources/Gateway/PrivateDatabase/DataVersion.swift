import GRDB

extension Database {
    /// A number that changes whenever another connection, of this or another process, has committed.
    package func dataVersion() throws -> Int { try Int.fetchOne(self, sql: "PRAGMA data_version") ?? 0 }
}
