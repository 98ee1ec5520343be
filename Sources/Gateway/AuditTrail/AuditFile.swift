import Foundation
import GRDB
import Glibc
import Logging
import PrivateDatabase

/// A record that another process may have open: what commands do with it.
package struct AuditFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var exists: Bool { access(path, F_OK) == 0 }

    /// Appends one entry; a running gateway goes on after it.
    package func append(_ event: AuditEvent, logger: Logger) async throws {
        let file = PrivateDatabaseFile(AuditDatabase.kind, path: path, logger: logger, now: event.time)
        try await PrivateDatabaseFile.offPool {
            let (queue, _) = try file.open { _ in }
            _ = try queue.write { try AuditDatabase.append([event], $0) }
            try queue.close()
        }
    }

    /// Looks at the whole record without changing anything.
    package func verify(known: [AuditHead]) async throws -> AuditVerification {
        try await read { try AuditVerification.run($0, known: known) }
    }

    /// Hands every entry after the query's to `take`, oldest first, without holding them all.
    package func export(_ query: AuditQuery, _ take: @escaping @Sendable (AuditEntry) -> Void) async throws {
        try await read { db in
            var query = query
            query.before = nil
            query.after = query.after ?? 0
            query.limit = 1000
            while true {
                let entries = try query.run(db)
                entries.forEach(take)
                guard entries.count == query.limit, let last = entries.last else { return }
                query.after = last.number
            }
        }
    }

    private func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let path = path
        return try await PrivateDatabaseFile.offPool {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let value = try queue.read { db in
                guard try Int.fetchOne(db, sql: "PRAGMA application_id") == AuditDatabase.kind.applicationID else {
                    throw PrivateDatabaseError(.foreignDatabase, "\(path) is no audit record of Calyx.")
                }
                return try body(db)
            }
            try queue.close()
            return value
        }
    }
}
