import CeleryProtocol
import ClusterState
import Foundation
import Testing

@testable import History

/// Every kind of store, each test with an empty one of its own.
enum EngineKind: String, CaseIterable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }

    func make(isIndexed: Bool = true, retention: Retention = Retention()) throws -> EngineUnderTest {
        switch self {
        case .sqlite:
            let folder = TemporaryFolder()
            var configuration = SQLiteHistory.Configuration(path: folder.path + "/history.sqlite")
            configuration.isIndexed = isIndexed
            configuration.retention = retention
            return EngineUnderTest(engine: try SQLiteHistory(configuration), folder: folder)
        }
    }
}

struct EngineUnderTest {
    let engine: any HistoryEngine
    let folder: TemporaryFolder?

    func write(_ tasks: [TaskSnapshot], isFirst: Bool = true, steps: [TaskStep] = []) throws {
        var batch = HistoryBatch()
        batch.tasks = tasks.map { TaskChange(task: $0, isFirst: isFirst) }
        batch.steps = steps
        try engine.write(batch)
    }

    func ids(_ query: TaskQuery = TaskQuery(), at now: Double = 1_000_000) throws -> [String] {
        try engine.tasks(query, at: now).tasks.map(\.uuid)
    }

    func search(_ text: String, at now: Double = 1_000_000) throws -> [String] {
        var query = TaskQuery()
        query.search = try SearchExpression(text)
        return try ids(query, at: now)
    }

    /// Everything that may wait, done now.
    func tendAll(at now: Double = 1_000_000) throws {
        while try engine.tend(at: now) {}
    }
}

final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("calyx-history-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension TaskSnapshot {
    static func example(
        _ uuid: String, _ state: TaskState = .success, at time: Double, name: String = "tasks.add",
        worker: String = "w1@h", args: String? = "(1, 2)", kwargs: String? = "{}", result: String? = nil
    ) -> TaskSnapshot {
        var task = TaskSnapshot(uuid: uuid, state: state)
        task.name = name
        task.worker = worker
        task.timestamp = time
        task.args = args
        task.kwargs = kwargs
        task.result = result
        return task
    }
}
