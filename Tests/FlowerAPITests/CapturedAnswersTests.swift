import CeleryProtocol
import ClusterState
import FlowerAPI
import Testing

/// What Flower 2.2 answered, made again from the same values.
@Suite struct CapturedAnswersTests {
    static let infos = Captures.names.filter { $0.hasPrefix("GET_api_task_info_") }.sorted()

    private func text(_ write: (inout JSONBody) throws -> Void) rethrows -> String {
        var body = JSONBody()
        try write(&body)
        return String(decoding: body.bytes, as: UTF8.self)
    }

    @Test("A task's object is Flower's, byte for byte", arguments: infos)
    func taskInfo(file: String) throws {
        let task = try TaskSnapshot(captured: try Captures.value(file))
        #expect(text { $0.task(task, .complete) } == String(decoding: try Captures.bytes(file), as: UTF8.self))
    }

    @Test("What only Calyx knows comes after Flower's 31 keys")
    func extendedTask() throws {
        let captured = try Captures.bytes("GET_api_task_info_retry.json")
        var task = try TaskSnapshot(captured: try JSONValue(parsing: captured))
        task.attempts = [TaskAttempt(time: 1.5, exception: "ValueError('x')", worker: "w1@lab")]
        let extended = text { $0.task(task, .extended) }
        #expect(extended.hasPrefix(String(decoding: captured.dropLast(), as: UTF8.self) + ", "))
        #expect(
            try JSONValue(parsing: extended).keys.dropFirst(31) == ["queue", "text_is_cut", "attempts"])
    }

    @Test("The list of tasks is Flower's, byte for byte")
    func taskList() throws {
        let captured = try Captures.bytes("GET_api_tasks.json")
        let members = try JSONValue(parsing: captured).members
        #expect(members.count > 30)
        let list = try text { body in
            body.raw("{")
            for (index, member) in members.enumerated() {
                if index > 0 { body.raw(", ") }
                body.string(member.key)
                body.raw(": ")
                body.task(try TaskSnapshot(captured: member.value), .listed)
            }
            body.raw("}")
        }
        #expect(list == String(decoding: captured, as: UTF8.self))
    }

    @Test("A row of the workers' table has Flower's values under Flower's keys")
    func workerRow() throws {
        for captured in try #require(try Captures.value("GET_workers_json1.json")["data"]).elements {
            let worker = try WorkerSnapshot(captured: captured)
            let row = try JSONValue(parsing: text { $0.workerRow(worker) })
            #expect(row.members.count == captured.members.count)
            for member in captured.members { #expect(row[member.key] == member.value, "\(member.key)") }
        }
    }
}
