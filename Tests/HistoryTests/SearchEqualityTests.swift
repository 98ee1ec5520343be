import CeleryFixtures
import ClusterState
import Testing

@testable import History

@Suite("Searching history")
struct SearchEqualityTests {
    private static let now = 1_000_000.0
    private static let queries = [
        "tasks.add", "TASKS.ADD", "name:ADD", "name:tasks.a", "name:code_ñ", "type:mail", "state:success",
        "state:FAILURE",
        "state:progress", "state:succ", "\"state:success\"", "worker:w2@", "worker:LAB", "w1@lab", "alpha beta",
        "\"alpha beta\"", "\"beta alpha\"", "args:alpha", "args:\"(9,\"", "result:spawned", "spawned", "ValueError",
        "error:ValueError", "error:boom", "error:\"line 7\"", "error:ZeroDivision", "000beef", "0000BEEF", "beef",
        "deadbeef", "id:aaaa", "id:AAAA", "id:echo", "id:ECHO-", "id:b", "fail-1", "echo-1",
        "aaaaaaaa-0000-4000-8000-00000000beef", "tasks.fail OR tasks.echo", "(tasks.fail OR tasks.echo) state:received",
        "alpha OR spawned OR boom", "tasks.add state:SUCCESS", "-tasks.add", "NOT alpha", "-(state:success OR alpha)",
        "alpha -beta", "\"(paren)\"", "\\\"hi\\\"", "\"say \\\"hi\\\"\"", "STRASSE", "straße", "STRAẞE", "σας", "ΣΑΣ",
        "日本語", "本語で", "ﬁnish", "finish", "İstanbul", "kwargs:flag=true", "kwargs:FLAG=TRUE", "kwargs:f=1.5",
        "kwargs:n=", "kwargs:\"s=with space\"", "kwargs:\"nested={'a': [1, 2]}\"", "kwargs:missing=1", "kwargs:nested",
        "queue:mail", "queue:MAIL", "runtime:>1s", "runtime:<=0.5", "runtime:0.1..2m", "retries:>0", "retries:0",
        "since:1h", "since:1970-01-12T13:30", "until:999000", "since:2h until:1970-01-12T13:00", "alpha since:3h",
        "-alpha runtime:>0.1", "12345678", "user 12345678", "rare-needle-xyz", "rare-needle-xyz OR alpha",
        "rare-needle-xyz tasks.add", "'''", "100%", "under_score", "a\\\\b", "percent%wild_card",
    ]

    private static let corpus: [(String, String, Double, String)] = [
        (
            "received", "aaaaaaaa-0000-4000-8000-00000000beef", 5000,
            #""name": "tasks.add", "args": "(9, 1)", "kwargs": "{}", "retries": 0"#
        ),
        ("succeeded", "aaaaaaaa-0000-4000-8000-00000000beef", 4999, #""result": "'spawned'", "runtime": 1.5"#),
        (
            "received", "echo-1", 4000,
            "\"name\": \"tasks.echo\", \"args\": \"('alpha beta', 'say \\\"hi\\\"', '(paren)')\", \"kwargs\": \"{'n': None, 's': 'with space', 'flag': True, 'f': 1.5, 'nested': {'a': [1, 2]}, 'big': 10, 'neg': -3}\", \"retries\": 2"
        ),
        ("sent", "fail-1", 3950, #""name": "tasks.fail", "queue": "Mail.high", "routing_key": "m", "exchange": "x""#),
        (
            "failed", "fail-1", 3900,
            #""exception": "ValueError('boom')", "traceback": "Traceback\n File x, line 7\nValueError: boom""#
        ),
        ("received", "fail-1", 3901, #""args": "('Straße ΣΑΣ',)""#),
        ("received", "uni-1", 3000, #""name": "tasks.unicode_ñ", "args": "('日本語で', 'ﬁnish', 'İstanbul')""#),
        (
            "started", "bbbbbbbb-0000-4000-8000-0000deadbeef", 2000,
            #""name": "tasks.mail", "args": "('user 12345678', '100%', 'under_score', 'a\\\\\\\\b', 'percent%wild_card')""#
        ),
        ("progress", "cccccccc-0000-4000-8000-000012345678", 1000, #""name": "tasks.mail", "result": "'half'""#),
        (
            "failed", "dddddddd-0000-4000-8000-000000000001", 900,
            #""exception": "ZeroDivisionError()", "traceback": "T\nZeroDivisionError""#
        ),
        ("succeeded", "Upper-Case-ID", 800, #""result": "'rare-needle-XYZ'", "runtime": 0.25"#),
    ]

    /// A cluster that all the corpus went through, and many plain tasks around it.
    private static func cluster() -> Cluster {
        let cluster = Cluster(limits: ClusterLimits(), now: { now }, resident: { nil })
        cluster.keepChanges()
        var payloads: [[UInt8]] = []
        for (index, event) in corpus.enumerated() {
            payloads.append(
                Envelope.wrap(
                    """
                    {"type": "task-\(event.0)", "uuid": "\(event.1)", "hostname": "w\(index % 2 + 1)@lab", \
                    "timestamp": \(now - event.2), \(event.3)}
                    """))
        }
        for index in 0..<300 {
            let digits = String(index + 0x1000, radix: 16)
            payloads.append(
                Envelope.wrap(
                    """
                    {"type": "task-succeeded", "uuid": "eeeeeeee-\(digits)-4000-8000-0000000\(digits)1", \
                    "hostname": "w3@farm", "timestamp": \(now - 10_000 - Double(index)), "name": "bulk.\(index % 5)", \
                    "result": "{'index': \(index), 'text': 'plain'}", "runtime": \(Double(index) / 100)}
                    """))
        }
        cluster.receive(at: now) { take in
            for payload in payloads { payload.withUnsafeBytes { take($0) } }
        }
        return cluster
    }

    private func expectEqual(_ test: EngineUnderTest, _ cluster: Cluster, _ when: String) throws {
        for text in Self.queries {
            var query = TaskQuery()
            query.search = try SearchExpression(text)
            #expect(try test.ids(query, at: Self.now) == cluster.tasks(query).tasks.map(\.uuid), "\(text), \(when)")
        }
    }

    @Test("Finds what memory finds, indexed, not indexed and changed after indexing", arguments: EngineKind.allCases)
    func equal(kind: EngineKind) throws {
        #expect(Self.queries.count >= 60)
        let cluster = Self.cluster()
        let changes = cluster.takeChanges(limit: 10_000)
        #expect(changes.tasks.count == 308)
        let test = try kind.make()
        var batch = HistoryBatch()
        batch.tasks = changes.tasks
        try test.engine.write(batch)
        try expectEqual(test, cluster, "before indexing")
        try test.tendAll(at: Self.now)
        #expect(try test.engine.size().unindexed == 0)
        try expectEqual(test, cluster, "indexed")
        // A result that comes after the task was indexed.
        let late = Envelope.wrap(
            """
            {"type": "task-succeeded", "uuid": "bbbbbbbb-0000-4000-8000-0000deadbeef", "hostname": "w1@lab", \
            "timestamp": \(Self.now - 1), "result": "'spawned and finish rare-needle-xyz'", "runtime": 0.5}
            """)
        cluster.receive(at: Self.now) { take in late.withUnsafeBytes { take($0) } }
        batch.tasks = cluster.takeChanges(limit: 10).tasks
        try test.engine.write(batch)
        try expectEqual(test, cluster, "changed")
        try test.tendAll(at: Self.now)
        try expectEqual(test, cluster, "changed and indexed")
    }

    @Test("Finds the same without an index, and after switching it on", arguments: [EngineKind.sqlite])
    func withoutIndex(kind: EngineKind) throws {
        let cluster = Self.cluster()
        let test = try kind.make(isIndexed: false)
        var batch = HistoryBatch()
        batch.tasks = cluster.takeChanges(limit: 10_000).tasks
        try test.engine.write(batch)
        try test.tendAll(at: Self.now)
        try expectEqual(test, cluster, "without index")
    }
}
