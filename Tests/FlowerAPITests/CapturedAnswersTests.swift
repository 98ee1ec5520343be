import ClusterState
import FlowerAPI
import Foundation
import Testing

/// What Flower 2.2 answered, made again from the same values.
@Suite struct CapturedAnswersTests {
    static let infos: [String] = {
        let files = Captures.names
        return files.filter { $0.hasPrefix("GET_api_task_info_") }.sorted()
    }()

    @Test("A task's object is Flower's, byte for byte", arguments: infos)
    func taskInfo(file: String) throws {
        let captured = try Captures.bytes(file)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(captured)) as? [String: Any])
        var writer = JSONBody()
        writer.task(try TaskSnapshot(captured: object), .complete)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == String(decoding: captured, as: UTF8.self))
    }

    @Test("What only Calyx knows comes after Flower's 31 keys")
    func extendedTask() throws {
        let captured = try Captures.bytes("GET_api_task_info_retry.json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(captured)) as? [String: Any])
        var task = try TaskSnapshot(captured: object)
        task.attempts = [TaskAttempt(time: 1.5, exception: "ValueError('x')", worker: "w1@lab")]
        var writer = JSONBody()
        writer.task(task, .extended)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(text.hasPrefix(String(decoding: captured.dropLast(), as: UTF8.self) + ", "))
        let parsed = try #require(try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any])
        #expect(parsed.count == 34)
    }

    @Test("The list of tasks is Flower's, byte for byte, also when it is sent in pieces")
    func taskList() throws {
        let captured = try Captures.bytes("GET_api_tasks.json")
        let parsed = try #require(try JSONSerialization.jsonObject(with: Data(captured)) as? [String: [String: Any]])
        let order = try Captures.order(of: parsed.keys, in: captured)
        let text = String(decoding: captured, as: UTF8.self)
        var expected = "{"
        for (index, id) in order.enumerated() {
            var writer = JSONBody()
            writer.task(try TaskSnapshot(captured: try #require(parsed[id])), .listed)
            expected += (index > 0 ? ", " : "") + "\"\(id)\": " + String(decoding: writer.bytes, as: UTF8.self)
        }
        #expect(expected + "}" == text)
    }

    @Test("A row of the workers' table has Flower's keys and types")
    func workerRow() throws {
        let captured = try Captures.bytes("GET_workers_json1.json")
        let parsed = try #require(try JSONSerialization.jsonObject(with: Data(captured)) as? [String: [[String: Any]]])
        for row in try #require(parsed["data"]) {
            var writer = JSONBody()
            writer.workerRow(try WorkerSnapshot(captured: row))
            let ours = try #require(try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? NSDictionary)
            #expect(ours == row as NSDictionary)
        }
    }
}
