import CeleryProtocol
import Foundation
import Testing

@testable import CeleryBroker

@Suite("Stored results") struct ResultMetaTests {
    static let captured = [
        "add", "fail_custom", "progress", "unknown_task", "revoke_pending", "stamped", "crash_kill", "flaky_ok",
    ]

    @Test("What real workers stored is read", arguments: captured)
    func captures(_ name: String) throws {
        let file = try #require(Bundle.module.url(forResource: "Results/\(name)", withExtension: "json"))
        let capture = try JSONValue(parsing: Array(Data(contentsOf: file)))
        let text = try #require(capture["value"]?.string)
        let meta = try JSONValue(parsing: text)
        let result = ResultMeta.result(of: "id", from: Array(text.utf8))
        #expect(result.state == meta["status"]?.string)
        #expect(result.result == meta["result"])
        #expect(result.traceback == meta["traceback"]?.string)
        #expect(result.name == meta["name"]?.string)
        #expect(result.worker == meta["worker"]?.string)
        #expect(result.dateDone == meta["date_done"]?.string)
        #expect(result.unreadable == nil)
        if result.state == "FAILURE" { #expect(result.exception != nil) }
    }

    @Test("A stored group tells its tasks")
    func group() throws {
        let file = try #require(Bundle.module.url(forResource: "Results/group", withExtension: "json"))
        let capture = try JSONValue(parsing: Array(Data(contentsOf: file)))
        let group = ResultMeta.group("g", from: Array(try #require(capture["value"]?.string).utf8))
        #expect(group.taskIDs.count == 5)
        #expect(group.taskIDs.first == "3b2566a6-132c-4279-8c65-c05d68e01f83")
    }

    @Test(
        "An exception is shown as Python shows it",
        arguments: [
            (
                #"{"exc_type": "ValueError", "exc_message": ["bad", 1], "exc_module": "builtins"}"#,
                "ValueError('bad', 1)"
            ),
            (#"{"exc_type": "KeyError", "exc_message": []}"#, "KeyError()"),
            (#"{"exc_type": "Old", "exc_message": "text"}"#, "Old('text')"),
            (
                #"{"exc_type": "NotRegistered", "exc_message": ["a.b"], "exc_module": "celery.exceptions"}"#,
                "Task of kind 'a.b' never registered, please make sure it's imported."
            ),
        ])
    func exceptions(_ json: String, _ text: String) throws {
        let result = ResultMeta.result(of: "id", from: Array(#"{"status": "FAILURE", "result": \#(json)}"#.utf8))
        #expect(result.exception?.text == text)
    }

    /// `pickle.dumps({"status": "SUCCESS"}, n)` and other bytes that are no JSON.
    static let unreadable: [(String, [UInt8])] = [
        ("pickled", [0x80, 0x04, 0x95, 0x16, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0x94, 0x2e]),
        ("pickled", Array("(dp0\nVstatus\np1\nVSUCCESS\np2\ns.".utf8)),
        ("cannot be read", Array("status: SUCCESS\n".utf8)),
        ("empty", []),
        ("no object", Array("[1]".utf8)),
        ("compressed", Array("\0celery-compressed\0application/x-bz2\0BZh9".utf8)),
        ("damaged", Array("\0celery-compressed\0application/x-gzip\0nothing".utf8)),
        ("damaged", Array("\0celery-compressed\0application/x-gzip".utf8)),
        ("MessagePack", [0x81, 0xa6, 0x73]),
    ]

    @Test("What cannot be read says why and is never opened by force", arguments: unreadable)
    func notRead(_ word: String, _ bytes: [UInt8]) throws {
        let result = ResultMeta.result(of: "id", from: bytes)
        #expect(result.state == "UNKNOWN")
        #expect(result.result == nil)
        #expect(try #require(result.unreadable).contains(word))
    }

    @Test("MessagePack and zlib-compressed results are read")
    func otherForms() {
        // msgpack.packb({"status": "SUCCESS", "result": [1, -2, 1.5, None, "x"]})
        let packed: [UInt8] =
            [0x82, 0xa6] + Array("status".utf8) + [0xa7] + Array("SUCCESS".utf8) + [0xa6] + Array("result".utf8)
            + [0x95, 0x01, 0xfe, 0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0xa1, 0x78]
        #expect(
            ResultMeta.result(of: "id", from: packed).result
                == .array([.int(1), .int(-2), .double(1.5), .null, .string("x")]))
        // zlib.compress(b'{"status": "SUCCESS", "result": 7}')
        let compressed: [UInt8] = [
            0x78, 0x9c, 0xab, 0x56, 0x2a, 0x2e, 0x49, 0x2c, 0x29, 0x2d, 0x56, 0xb2, 0x52, 0x50, 0x0a, 0x0e, 0x75, 0x76,
            0x76, 0x0d, 0x0e, 0x56, 0xd2, 0x51, 0x50, 0x2a, 0x4a, 0x2d, 0x2e, 0xcd, 0x29, 0x01, 0x0a, 0x9a, 0xd7, 0x02,
            0x00, 0xba, 0x70, 0x0a, 0x58,
        ]
        let stored = Array("\0celery-compressed\0application/x-gzip\0".utf8) + compressed
        #expect(ResultMeta.result(of: "id", from: stored).result == .int(7))
    }
}
