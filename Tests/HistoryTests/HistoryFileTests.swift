import ClusterState
import Foundation
import GRDB
import Logging
import Testing

@testable import History

@Suite("The history file")
struct HistoryFileTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/history.sqlite" }

    private func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

    @Test("Another program's file is left untouched", arguments: ["shelve", "sqlite"])
    func foreign(kind: String) throws {
        if kind == "shelve" {
            try Data("\u{13}\u{57}\u{9A}\u{CE} gdbm".utf8 + [UInt8](repeating: 7, count: 20_000)).write(
                to: URL(fileURLWithPath: path))
        } else {
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "CREATE TABLE other (x)") }
            try queue.close()
        }
        let before = bytes(path)
        let choice = try HistoryFile.choose(path)
        #expect(choice.path == path + ".calyx")
        #expect(choice.notice?.contains(path) == true)
        #expect(throws: HistoryError.self) { try SQLiteHistory(SQLiteHistory.Configuration(path: path)) }
        let history = try SQLiteHistory(SQLiteHistory.Configuration(path: choice.path))
        var batch = HistoryBatch()
        batch.tasks = [TaskChange(task: .example("t", at: 1), isFirst: true)]
        try history.write(batch)
        #expect(bytes(path) == before)
        #expect(try HistoryFile.choose(path).path == path + ".calyx")
    }

    @Test("An absent, an empty and an own file are used as they are")
    func own() throws {
        #expect(try HistoryFile.choose(path) == HistoryFile.Choice(path: path))
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        #expect(try HistoryFile.choose(path) == HistoryFile.Choice(path: path))
        _ = try SQLiteHistory(SQLiteHistory.Configuration(path: path))
        #expect(try HistoryFile.choose(path) == HistoryFile.Choice(path: path))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("A file from the future is refused with a clear word and left as it is")
    func future() throws {
        do { _ = try SQLiteHistory(SQLiteHistory.Configuration(path: path)) }
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        try queue.close()
        do throws(HistoryError) {
            _ = try SQLiteHistory.opening(
                SQLiteHistory.Configuration(path: path), now: 0, logger: Logger(label: "test"))
            Issue.record("it was opened")
        } catch {
            #expect(error.kind == .newerSchema)
            #expect(error.message.contains("99"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains("corrupt") })
    }

    @Test("Every earlier schema is brought forward with what it holds", arguments: 0..<Schema.version)
    func migrations(version: Int) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            for step in Schema.migrations[..<version] { try db.execute(sql: step) }
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(version)")
            guard version > 0 else { return }
            try db.execute(
                sql: """
                    INSERT INTO word VALUES (1, 'tasks.old');
                    INSERT INTO text (id, hash, body) VALUES (1, 5, 'Traceback');
                    INSERT INTO task (key, uuid, state, name, timestamp, flags, traceback)
                        VALUES (\(TaskKey.key(of: "t-old")), 't-old', 4, 1, 12.5, 32, 1);
                    UPDATE meta SET value = 1 WHERE key = 'tasks';
                    """)
        }
        try queue.close()
        let history = try SQLiteHistory(SQLiteHistory.Configuration(path: path))
        let stored = try history.task("t-old")?.task
        #expect(stored?.name == (version > 0 ? "tasks.old" : nil))
        #expect(stored?.traceback == (version > 0 ? "Traceback" : nil))
        #expect(try history.facts().schema == Schema.version)
        #expect(try history.verify { _ in }.isEmpty)
    }

    @Test("A migration that was interrupted runs again as a whole")
    func interrupted() throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: Schema.migrations[0])
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1")
            // What a process did that was killed before its commit.
            try db.execute(sql: "BEGIN IMMEDIATE; ALTER TABLE text ADD COLUMN used REAL NOT NULL DEFAULT 0; ROLLBACK")
        }
        try queue.close()
        #expect(try SQLiteHistory(SQLiteHistory.Configuration(path: path)).facts().schema == Schema.version)
    }

    @Test("An own damaged file is moved aside, and a new one is made")
    func damaged() throws {
        do {
            let history = try SQLiteHistory(SQLiteHistory.Configuration(path: path))
            var batch = HistoryBatch()
            batch.tasks = (0..<2000).map { TaskChange(task: .example("t\($0)", at: Double($0)), isFirst: true) }
            try history.write(batch)
            try history.pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
            try history.pool.close()
        }
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 100)
        try file.write(contentsOf: Data((0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
        try file.close()
        let history = try SQLiteHistory.opening(
            SQLiteHistory.Configuration(path: path), now: 1_000_000, logger: Logger(label: "test"))
        #expect(try history.size().tasks == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.contains { $0.hasPrefix("history.sqlite.corrupt-") })
    }

    @Test("A backup is made while the file is in use, and restored")
    func backup() throws {
        let history = try SQLiteHistory(SQLiteHistory.Configuration(path: path))
        var batch = HistoryBatch()
        batch.tasks = (0..<100).map { TaskChange(task: .example("t\($0)", at: Double($0)), isFirst: true) }
        try history.write(batch)
        let copy = folder.path + "/copy"
        try SQLiteHistory.backUp(path, to: copy) { _ in }
        #expect(throws: HistoryError.self) { try SQLiteHistory.backUp(path, to: copy) { _ in } }
        batch.tasks = [TaskChange(task: .example("later", at: 1000), isFirst: true)]
        try history.write(batch)
        try history.pool.close()
        let aside = try SQLiteHistory.restore(path, from: copy, now: 5)
        #expect(aside == path + ".before-restore-5")
        let restored = try SQLiteHistory(SQLiteHistory.Configuration(path: path))
        #expect(try restored.size().tasks == 100)
        #expect(try restored.task("later") == nil)
        #expect(try restored.verify { _ in }.isEmpty)
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: copy))
        #expect(throws: HistoryError.self) { try SQLiteHistory.restore(path, from: copy, now: 6) }
        #expect(try restored.size().tasks == 100)
    }

    @Test("What is exported comes back the same")
    func export() throws {
        let history = try SQLiteHistory(SQLiteHistory.Configuration(path: path))
        var task = TaskSnapshot.example("t1", .custom("ODD"), at: 0.1, args: "('\u{1F600}\n\"',)")
        task.attempts = [TaskAttempt(time: 1.000001, exception: "E", traceback: "T", worker: "w")]
        var batch = HistoryBatch()
        batch.tasks = [TaskChange(task: task, isFirst: true)]
        batch.steps = [TaskStep(uuid: "t1", state: .started, time: 0.05)]
        try history.write(batch)
        let exported = try history.exported(after: 0, limit: 10)
        let line = try TaskJSON.line(try #require(exported.tasks.first))
        #expect(!line.contains("\n"))
        #expect(try TaskJSON.task(line) == exported.tasks.first)
        #expect(try history.exported(after: exported.last ?? 0, limit: 10).tasks.isEmpty)
        #expect(TaskJSON.csvLine(HistoryTask(task: .example("=cmd", at: 1))).hasPrefix("'=cmd,tasks.add,SUCCESS"))
    }
}
