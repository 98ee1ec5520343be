import CeleryProtocol
import Testing

@testable import CeleryBroker

@Suite("Rows of a database result backend") struct DatabaseRowTests {
    private func bytea(_ text: String) -> String {
        "\\x" + text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("A row as Celery 5.7 stores it is read")
    func row() {
        let row = [
            "status": "FAILURE", "result": bytea(#"{"exc_type": "ValueError", "exc_message": ["bad", 1]}"#),
            "args": bytea("[1, 2]"), "kwargs": bytea("{}"), "date_done": "2026-11-22 16:39:11.794047", "retries": "2",
            "worker": "celery@vm", "queue": "celery", "name": "fail", "traceback": "Traceback",
            "children": bytea(#"[[["child", null], null]]"#),
        ]
        let result = DatabaseRow.result(of: "id") { row[$0] }
        #expect(result.state == "FAILURE")
        #expect(result.exception?.text == "ValueError('bad', 1)")
        #expect(result.arguments == .array([.int(1), .int(2)]))
        #expect(result.keywordArguments == .object([]))
        #expect(result.dateDone == "2026-11-22T16:39:11.794047+00:00")
        #expect(result.retries == 2)
        #expect(result.children == ["child"])
        #expect(result.unreadable == nil)
    }

    @Test("A pickled result says so, and the rest of its row is read")
    func pickled() {
        let row = ["status": "SUCCESS", "result": "\\x80044b032e", "args": bytea("[1]"), "worker": "w"]
        let result = DatabaseRow.result(of: "id") { row[$0] }
        #expect(result.state == "SUCCESS")
        #expect(result.result == nil)
        #expect(result.unreadable?.contains("pickled") == true)
        #expect(result.arguments == .array([.int(1)]))
        #expect(result.worker == "w")
    }

    @Test("A group tells its tasks")
    func group() {
        let group = DatabaseRow.group("g", result: bytea(#"[["g", null], [[["a", null], null], [["b", null], null]]]"#))
        #expect(group.taskIDs == ["a", "b"])
    }
}
