internal import ClusterState
import Foundation

/// A stored task as one line of JSON, and back. Members are named as in the API; times are unix seconds.
package struct TaskJSON: Codable, Equatable {
    struct Attempt: Codable, Equatable {
        var time: Double
        var worker: String?
        var exception: String?
        var traceback: String?
    }

    struct Step: Codable, Equatable {
        var state: String
        var time: Double
        var worker: String?
    }

    var uuid: String
    var state: String
    var name, args, kwargs, result, exception, traceback, eta, expires, worker, client, exchange, routingKey: String?
    var queue, rootId, parentId, signal: String?
    var timestamp, received, sent, started, succeeded, failed, retried, revoked, rejected, runtime: Double?
    var retries: Int?
    var clock: Int64?
    var terminated, expired, textIsCut: Bool?
    var attempts: [Attempt]?
    var steps: [Step]?

    package init(_ stored: HistoryTask) {
        let task = stored.task
        uuid = task.uuid
        state = task.state.name
        (name, args, kwargs, result) = (task.name, task.args, task.kwargs, task.result)
        (exception, traceback, eta, expires) = (task.exception, task.traceback, task.eta, task.expires)
        (worker, client, exchange, routingKey) = (task.worker, task.client, task.exchange, task.routingKey)
        (queue, rootId, parentId, signal) = (task.queue, task.rootID, task.parentID, task.signal)
        (timestamp, received, sent, started) = (task.timestamp, task.received, task.sent, task.started)
        (succeeded, failed, retried, revoked) = (task.succeeded, task.failed, task.retried, task.revoked)
        (rejected, runtime, retries, clock) = (task.rejected, task.runtime, task.retries, task.clock)
        (terminated, expired, textIsCut) = (task.isTerminated, task.isExpired, task.textIsCut ? true : nil)
        if !task.attempts.isEmpty {
            attempts = task.attempts.map {
                Attempt(time: $0.time, worker: $0.worker, exception: $0.exception, traceback: $0.traceback)
            }
        }
        if !stored.steps.isEmpty {
            steps = stored.steps.map { Step(state: $0.state.name, time: $0.time, worker: $0.worker) }
        }
    }

    package var task: HistoryTask {
        var task = TaskSnapshot(uuid: uuid, state: TaskState(name: state))
        (task.name, task.args, task.kwargs, task.result) = (name, args, kwargs, result)
        (task.exception, task.traceback, task.eta, task.expires) = (exception, traceback, eta, expires)
        (task.worker, task.client, task.exchange, task.routingKey) = (worker, client, exchange, routingKey)
        (task.queue, task.rootID, task.parentID, task.signal) = (queue, rootId, parentId, signal)
        (task.timestamp, task.received, task.sent, task.started) = (timestamp, received, sent, started)
        (task.succeeded, task.failed, task.retried, task.revoked) = (succeeded, failed, retried, revoked)
        (task.rejected, task.runtime, task.retries, task.clock) = (rejected, runtime, retries, clock)
        (task.isTerminated, task.isExpired, task.textIsCut) = (terminated, expired, textIsCut ?? false)
        task.attempts = (attempts ?? []).map {
            TaskAttempt(time: $0.time, exception: $0.exception, traceback: $0.traceback, worker: $0.worker)
        }
        return HistoryTask(
            task: task,
            steps: (steps ?? []).map {
                TaskStep(uuid: uuid, state: TaskState(name: $0.state), time: $0.time, worker: $0.worker)
            })
    }

    /// One line without its end.
    package static func line(_ task: HistoryTask) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(TaskJSON(task)), as: UTF8.self)
    }

    package static func task(_ line: String) throws -> HistoryTask {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(TaskJSON.self, from: Data(line.utf8)).task
    }

    package static let csvHeader =
        "uuid,name,state,worker,received,started,timestamp,runtime,retries,queue,args,kwargs,result,exception\r\n"

    /// By RFC 4180; a text that a spreadsheet would take for a formula begins with an apostrophe.
    package static func csvLine(_ stored: HistoryTask) -> String {
        let task = stored.task
        func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        func text(_ value: String?) -> String {
            guard var value else { return "" }
            if let first = value.first, "=+-@\t\r".contains(first) { value = "'" + value }
            guard value.contains(where: { "\",\r\n".contains($0) || $0 == "\r\n" }) else { return value }
            return "\"" + value.replacing("\"", with: "\"\"") + "\""
        }
        return [
            text(task.uuid), text(task.name), text(task.state.name), text(task.worker), number(task.received),
            number(task.started), number(task.timestamp), number(task.runtime), task.retries.map(String.init) ?? "",
            text(task.queue), text(task.args), text(task.kwargs), text(task.result), text(task.exception),
        ].joined(separator: ",") + "\r\n"
    }
}
