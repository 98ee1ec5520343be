import GRDB
import Logging
import PrivateDatabase
import Synchronization

extension SQLiteSessionStore {
    /// Brings changes of other processes into memory, stores when sessions were last used, and deletes what is over.
    func maintain() {
        let duties = upkeep.next()
        do {
            try queue.writeWithoutTransaction { db in
                try followOtherProcesses(db)
                if duties.storesTouches { try storeTouches(db) }
                if duties.sweeps { try sweep(db) }
            }
            if upkeep.succeeded() { logger.info("The session database can be used again") }
        } catch {
            guard upkeep.failed() else { return }
            logger.error(
                "The session database cannot be used now; sessions that are open go on", metadata: ["error": "\(error)"]
            )
        }
    }

    private func followOtherProcesses(_ db: Database) throws {
        let version = try db.dataVersion()
        guard version != upkeep.dataVersion else { return }
        let stored = try SessionDatabase.sessions(db, idle: limits.idle)
        let ids = Set(stored.map(\.id))
        let reading = now()
        let ended = table.withLock { table in
            let ended = table.ids.filter { !ids.contains($0) }
            table.remove(ended)
            for session in stored { table.adopt(session, at: reading) }
            return ended.count
        }
        upkeep.dataVersion = version
        if ended > 0 { logger.info("Another process ended sessions", metadata: ["sessions": "\(ended)"]) }
    }

    private func storeTouches(_ db: Database) throws {
        let touches = table.withLock { $0.takeTouches(atLeast: SessionUpkeep.touchAge) }
        guard !touches.isEmpty else { return }
        try db.inTransaction(.immediate) {
            try SessionDatabase.store(touches, db)
            return .commit
        }
    }

    private func sweep(_ db: Database) throws {
        let reading = now()
        let over = table.withLock { table in
            let over = table.expired(at: reading)
            table.remove(over)
            return over
        }
        try db.inTransaction(.immediate) {
            try SessionDatabase.delete(over, db)
            try FlowDatabase.deleteExpired(now: reading.wall, db)
            return .commit
        }
    }
}
