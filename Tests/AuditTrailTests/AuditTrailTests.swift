import Foundation
import GRDB
import Identity
import Logging
import PrivateDatabase
import Testing

@testable import AuditTrail

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A directory of its own for one test, removed with it.
private final class Directory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "calyx-audit-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("The audit record")
struct AuditTrailTests {
    private let directory: Directory
    private var path: String { directory.path + "/audit.sqlite" }

    init() throws { directory = try Directory() }

    private func open(_ retention: AuditRetention = AuditRetention(), now: Double = 1_800_000_000) async throws
        -> AuditTrail
    {
        try await AuditTrail(path: path, retention: retention, logger: quiet, now: { now })
    }

    private func event(_ number: Int, time: Double = 1_800_000_000) -> AuditEvent {
        var event = AuditEvent(.action, time: time)
        event.by(Principal(provider: "basic", subject: "ann", name: "ann", role: .operator), with: "password")
        event.action = "pool.grow"
        event.client = "192.0.2.\(number)"
        event.detail = "{\"targets\":[\"w\(number)@lab\"]}"
        return event
    }

    private func change(_ sql: String) async throws {
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test("What is recorded is found, in order, with everything, and the chain holds across restarts")
    func recorded() async throws {
        let first = try await open()
        for number in 1...3 { first.record(event(number)) }
        await first.close()
        let second = try await open()
        second.record(event(4))
        await second.flush()
        var query = AuditQuery()
        query.limit = 10
        let found = try await second.search(query)
        #expect(found.map(\.number) == [4, 3, 2, 1])
        #expect(found.last?.event == event(1))
        let verification = try await second.verify()
        #expect(verification.problem == nil)
        #expect(verification.entries == 4)
        #expect(verification.head.hash == found.first?.hashText)
        await second.close()
    }

    @Test(
        "Every change is noticed",
        arguments: [
            ("UPDATE entries SET name = 'bob' WHERE number = 2", "entry 2 is not as it was written"),
            ("UPDATE entries SET detail = '' WHERE number = 3", "entry 3 is not as it was written"),
            ("UPDATE entries SET time = time + 1 WHERE number = 1", "entry 1 is not as it was written"),
            ("DELETE FROM entries WHERE number = 2", "entry 2 is missing"),
            ("DELETE FROM entries WHERE number = 1", "entry 1 is missing"),
            ("DELETE FROM entries WHERE number = 5", "the end was cut off"),
            (
                "DELETE FROM entries WHERE number < 3; UPDATE chain SET removed = 2, removed_hash = (SELECT hash FROM entries WHERE number = 3)",
                "entry 3 is not as it was written"
            ),
            (
                "UPDATE chain SET removed = 2, removed_hash = (SELECT hash FROM entries WHERE number = 2); DELETE FROM entries WHERE number < 3",
                "no entry tells that those before were removed"
            ),
        ])
    func tampering(sql: String, expected: String) async throws {
        let trail = try await open()
        for number in 1...5 { trail.record(event(number)) }
        let before = try await trail.verify()
        await trail.close()
        try await change(sql)
        let found = try await AuditFile(path: path).verify(known: [before.head])
        #expect(found.problem?.contains(expected) == true, "\(found.problem ?? "nothing")")
    }

    @Test("A record that was written anew is told by a head noted before")
    func rewritten() async throws {
        let trail = try await open()
        for number in 1...3 { trail.record(event(number)) }
        let head = try await trail.verify().head
        await trail.close()
        try FileManager.default.removeItem(atPath: path)
        let forged = try await open()
        for number in 4...7 { forged.record(event(number)) }
        await forged.close()
        #expect(try await AuditFile(path: path).verify(known: []).problem == nil)
        #expect(try await AuditFile(path: path).verify(known: [head]).problem?.contains("written anew") == true)
    }

    @Test("A change under a running gateway is recorded with the next entry")
    func changedOutside() async throws {
        let trail = try await open()
        trail.record(event(1))
        await trail.flush()
        try await change("UPDATE entries SET hash = zeroblob(32) WHERE number = 1")
        trail.record(event(2))
        await trail.flush()
        var query = AuditQuery()
        query.kinds = [.record]
        #expect(try await trail.search(query).first?.event.action == "record.changed")
        #expect(try await trail.verify().problem != nil)
        await trail.close()
    }

    @Test("A command may append while a gateway writes, and the chain stays one")
    func twoWriters() async throws {
        let trail = try await open()
        trail.record(event(1))
        await trail.flush()
        try await AuditFile(path: path).append(event(2), logger: quiet)
        trail.record(event(3))
        let verification = try await trail.verify()
        #expect(verification.problem == nil)
        #expect(verification.entries == 3)
        await trail.close()
    }

    @Test("Retention removes what is old or too much, and what remains still proves itself", arguments: [true, false])
    func retention(byAge: Bool) async throws {
        let trail = try await open(AuditRetention(age: 1e9, entries: 1_000_000))
        for number in 1...10 { trail.record(event(number, time: 1_800_000_000 + Double(number))) }
        await trail.close()
        let rule = byAge ? AuditRetention(age: 94.5, entries: 1000) : AuditRetention(age: 1e9, entries: 5)
        let queue = try DatabaseQueue(path: path)
        let gone = try await queue.write { try rule.apply($0, now: 1_800_000_100) }
        #expect(gone == 5)
        #expect(try await queue.write { try rule.apply($0, now: 1_800_000_100) } == (byAge ? 0 : 1))
        try queue.close()
        let found = try await AuditFile(path: path).verify(known: [])
        #expect(found.problem == nil)
        #expect(found.first == (byAge ? 6 : 7))
        try await change("DELETE FROM entries WHERE number = \(found.first)")
        #expect(try await AuditFile(path: path).verify(known: []).problem != nil)
    }

    @Test("While the record cannot be written, actions are not accepted; what waits is written afterwards")
    func failing() async throws {
        let trail = try await open()
        trail.record(event(1))
        await trail.flush()
        #expect(trail.acceptsActions)
        try await change("ALTER TABLE entries RENAME TO elsewhere")
        trail.record(event(2))
        await trail.flush()
        #expect(!trail.acceptsActions)
        #expect(trail.report.isFailing)
        try await change("ALTER TABLE elsewhere RENAME TO entries")
        while !trail.acceptsActions { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try await trail.verify().entries == 2)
        await trail.close()
    }

    @Test("What strangers cause fills half of the queue at most, and is counted when it is dropped")
    func flood() async throws {
        let trail = try await open()
        try await change("ALTER TABLE entries RENAME TO elsewhere")
        for _ in 0..<6000 { trail.record(event(1)) }
        #expect(trail.report.dropped == 0)
        trail.record(AuditEvent(.signInRefused, .refused, time: 0))
        #expect(trail.report.dropped == 1, "strangers have half of the room, and it is full")
        for _ in 0..<3000 { trail.record(event(1)) }
        #expect(trail.report.waiting == 8192)
        #expect(trail.report.dropped == 1 + 9000 - 8192)
        try await change("ALTER TABLE elsewhere RENAME TO entries")
        await trail.flush()
        #expect(try await trail.verify().problem == nil)
        await trail.close()
    }

    @Test("A flood of refused sign-ins leaves room for everything else, and what was left out is told")
    func budget() {
        var budget = StrangerBudget()
        let first = (0..<10_000).count { _ in budget.admit(now: 100).isAdmitted }
        #expect(first == 600)
        #expect(budget.admit(now: 100.5).isAdmitted == false)
        let next = budget.admit(now: 102)
        #expect(next.isAdmitted && next.leftOutBefore == 9401)
        #expect(budget.admit(now: 90).isAdmitted, "a clock that went back takes nothing away")
        #expect(budget.admit(now: 90).isAdmitted == false)
    }

    @Test("Entries are filtered by kind, person, result, text and time")
    func filters() async throws {
        let trail = try await open()
        for number in 1...4 { trail.record(event(number, time: 1_800_000_000 + Double(number))) }
        var refused = AuditEvent(.signInRefused, .refused, time: 1_800_000_009)
        refused.reason = "wrong password"
        trail.record(refused)
        await trail.flush()
        func numbers(_ change: (inout AuditQuery) -> Void) async throws -> [Int64] {
            var query = AuditQuery()
            change(&query)
            return try await trail.search(query).map(\.number)
        }
        #expect(try await numbers { $0.kinds = [.signInRefused] } == [5])
        #expect(try await numbers { $0.result = .ok } == [4, 3, 2, 1])
        #expect(try await numbers { $0.name = "ann" } == [4, 3, 2, 1])
        #expect(try await numbers { $0.name = "an" }.isEmpty)
        #expect(try await numbers { $0.text = "W3@LAB" } == [3])
        #expect(try await numbers { $0.text = "%" }.isEmpty)
        #expect(try await numbers { ($0.since, $0.until) = (1_800_000_002, 1_800_000_004) } == [3, 2])
        #expect(try await numbers { ($0.before, $0.limit) = (4, 2) } == [3, 2])
        #expect(try await numbers { ($0.after, $0.limit) = (2, 2) } == [3, 4])
        await trail.close()
    }

    @Test("NDJSON is JSON with the detail as an object, CSV is quoted and no formula")
    func exports() throws {
        var event = event(1)
        event.name = "=cmd|' /C calc'!A0"
        event.reason = "says \"no\", twice\n"
        let entry = AuditEntry(number: 7, event: event, hash: [UInt8](repeating: 1, count: 32))
        let line = AuditExport.ndjson.line(entry)
        #expect(line.hasSuffix("}\n") && line.filter { $0 == "\n" }.count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["reason"] as? String == event.reason)
        #expect((object["detail"] as? [String: Any])?["targets"] as? [String] == ["w1@lab"])
        #expect(object["time"] as? String == "2027-01-15T08:00:00.000Z")
        let row = AuditExport.csv.line(entry)
        #expect(row.contains("\"'=cmd|' /C calc'!A0\""))
        #expect(row.contains("\"says \"\"no\"\", twice\n\""))
    }

    @Test("The core's note becomes action, detail and result; anything else is kept as text")
    func notes() async throws {
        let trail = try await open()
        let field = #"{"action":"pool.grow","targets":["a"],"parameters":{"n":2},"outcome":{"a":"ok","b":"no answer"}}"#
        trail.record(event(1), note: field)
        trail.record(event(2), note: "not json")
        await trail.flush()
        let found = try await trail.search(AuditQuery())
        #expect(found[1].event.action == "pool.grow")
        #expect(found[1].event.result == .failed)
        #expect(
            found[1].event.detail == #"{"outcome":{"a":"ok","b":"no answer"},"parameters":{"n":2},"targets":["a"]}"#)
        #expect(found[0].event.detail == #"{"note":"not json"}"#)
        await trail.close()
    }

    @Test("A detail is taken apart for people, and what is something else stands as it is")
    func details() {
        let detail = AuditDetail(
            #"{"outcome":{"b":"no answer","a":"ok"},"parameters":{"n":2,"q":["x"]},"targets":["a","b"],"omitted":3}"#)
        #expect(detail.targets == ["a", "b"])
        #expect(detail.outcome.map { "\($0.name) \($0.value)" } == ["a ok", "b no answer"])
        #expect(detail.parameters.map { "\($0.name) \($0.value)" } == ["n 2", #"q ["x"]"#])
        #expect(detail.rest == "omitted=3")
        #expect(AuditDetail("not json").rest == "not json")
    }

    @Test("Heads are read as they are written, and nothing else is a head")
    func heads() {
        let head = AuditHead(number: 12, hash: String(repeating: "0a", count: 32))
        #expect(AuditHead(head.description) == head)
        for text in [
            "", "12", "12:", "-1:\(head.hash)", "12:\(head.hash)0", "12:\(head.hash.uppercased())", "x:\(head.hash)",
        ] {
            #expect(AuditHead(text) == nil)
        }
    }

    @Test(
        "Moments are read in the forms that people write",
        arguments: [
            ("2027-01-15", 1_799_971_200), ("2027-01-15T08:00:00Z", 1_800_000_000), ("2027-01-15 08:00", 1_800_000_000),
            ("1800000000", 1_800_000_000), ("24h", 1_800_000_000 - 86400), ("7d", 1_800_000_000 - 604_800),
        ] as [(String, Double)])
    func moments(text: String, expected: Double) { #expect(AuditTime.read(text, now: 1_800_000_000) == expected) }

    @Test("What is no moment is none", arguments: ["", "yesterday", "2027-13-01", "-1h", "nan", "1e99"])
    func noMoments(text: String) { #expect(AuditTime.read(text, now: 1_800_000_000) == nil) }
}
