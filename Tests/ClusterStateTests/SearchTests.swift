import CeleryFixtures
import ClusterState
import Testing

@Suite("Searching tasks")
struct SearchTests {
    private func cluster() -> ClusterUnderTest {
        let test = ClusterUnderTest()
        test.task(
            "received", "aaaaaaaa-0000-0000-0000-00000000beef", at: 1001, on: "w1@lab",
            #""name": "tasks.add", "args": "(9, 1)", "kwargs": "{}""#)
        test.task(
            "succeeded", "aaaaaaaa-0000-0000-0000-00000000beef", at: 1002, on: "w1@lab", #""result": "'spawned'""#)
        test.task(
            "received", "echo-1", at: 1003, on: "w2@lab",
            """
            "name": "tasks.echo", "args": "('alpha beta', 'say \\"hi\\"', '(paren)')", "kwargs": "{'n': None, 's': \
            'with space', 'flag': True, 'f': 1.5, 'nested': {'a': [1, 2]}, 'big': 10, 'neg': -3}"
            """)
        test.task(
            "failed", "fail-1", at: 1004, on: "w2@lab",
            #""name": "tasks.fail", "exception": "ValueError('boom')", "args": "('Straße ΣΑΣ',)""#)
        test.task("received", "uni-1", at: 1005, on: "w1@lab", #""name": "tasks.unicode_ñ", "args": "('日本語',)""#)
        return test
    }

    @Test(
        "Finds what Flower finds",
        arguments: [
            ("", ["uni-1", "fail-1", "echo-1", "beef"]), ("   ", ["uni-1", "fail-1", "echo-1", "beef"]),
            ("tasks.add", ["beef"]), ("TASKS.ADD", ["beef"]), ("name:ADD", ["beef"]), ("NAME:add", ["beef"]),
            ("name:tasks.a", ["beef"]), ("state:success", ["beef"]), ("State:\"SUCCESS\"", ["beef"]),
            ("\"state:success\"", ["beef"]), ("state:succ", []), ("worker:w2@", ["fail-1", "echo-1"]),
            ("worker:lab state:RECEIVED", ["uni-1", "echo-1"]), ("alpha beta", ["echo-1"]),
            ("\"alpha beta\"", ["echo-1"]), ("\"beta alpha\"", []), ("args:alpha", ["echo-1"]),
            ("args:\"(9,\"", ["beef"]), ("result:spawned", ["beef"]), ("exception:boom", []), ("ValueError", []),
            ("000beef", ["beef"]), ("0000BEEF", ["beef"]), ("uuid:abc", []), ("fail-1", ["fail-1"]),
            ("state:SUCCESS OR state:FAILURE", ["fail-1", "beef"]),
            ("tasks.fail OR tasks.echo state:RECEIVED", ["fail-1", "echo-1"]),
            ("(tasks.fail OR tasks.echo) state:RECEIVED", ["echo-1"]),
            ("tasks.add AND state:SUCCESS", ["beef"]), ("tasks.add and state:SUCCESS", []),
            ("\"(paren)\"", ["echo-1"]), ("(paren)", ["echo-1"]), ("\\\"hi\\\"", ["echo-1"]),
            ("\"say \\\"hi\\\"\"", ["echo-1"]), ("STRASSE", ["fail-1"]), ("straße", ["fail-1"]), ("σας", ["fail-1"]),
            ("日本語", ["uni-1"]), ("unicode_Ñ", ["uni-1"]), ("\"AND\"", []),
            ("kwargs:flag=true", ["echo-1"]), ("kwargs:flag=TRUE", ["echo-1"]), ("KWARGS:flag=true", ["echo-1"]),
            ("kwargs:f=1.5", ["echo-1"]), ("kwargs:n=", ["echo-1"]), ("kwargs:\"n=\"", ["echo-1"]),
            ("kwargs:\"s=with space\"", ["echo-1"]), ("kwargs:s=with", []), ("kwargs:nested", ["echo-1"]),
            ("kwargs:\"nested={'a': [1, 2]}\"", ["echo-1"]), ("kwargs:big=10", ["echo-1"]),
            ("kwargs:neg=-3", ["echo-1"]),
            ("kwargs:=x", []), ("kwargs:missing=1", []),
        ] as [(String, [String])])
    func finds(text: String, ids: [String]) throws {
        let test = cluster()
        var query = TaskQuery()
        query.search = try SearchExpression(text)
        let page = test.cluster.tasks(query)
        #expect(page.tasks.map { $0.uuid.hasSuffix("beef") ? "beef" : $0.uuid } == ids)
        #expect(page.matched == ids.count)
        #expect(page.total == 4)
        // A task that is not in memory any more is found as one that is.
        let search = try SearchExpression(text)
        let copies = test.cluster.tasks(TaskQuery()).tasks.filter { search.matches($0, at: test.now) }
        #expect(copies.map(\.uuid) == page.tasks.map(\.uuid))
    }

    @Test(
        "Refuses what Flower refuses, in its words",
        arguments: [
            ("ab", "Substring search terms must contain at least 3 characters at position 0."),
            ("name:\"ab\"", "Substring search terms must contain at least 3 characters at position 0."),
            ("\"   \"", "Substring search terms must contain at least 3 characters at position 0."),
            (
                "state:SUCCESS or state:FAILURE",
                "Substring search terms must contain at least 3 characters at position 14."
            ),
            ("args:9", "Substring search terms must contain at least 3 characters at position 0."),
            ("kwargs: flag=True", "Search qualifier requires a value at position 0."),
            ("abc name:", "Search qualifier requires a value at position 4."),
            ("abc NOT", "NOT must be followed by a search term at position 4."),
            ("abc - ", "Negation must be followed by a search term at position 4."),
            ("NOT OR abc", "NOT must be followed by a search term at position 0."),
            ("-ab", "Substring search terms must contain at least 3 characters at position 0."),
            ("-state:", "Search qualifier requires a value at position 0."),
            ("abc runtime:fast", "runtime: takes a duration such as >5s, <=200ms or 1s..2m at position 4."),
            ("runtime:=>5", "runtime: takes a duration such as >5s, <=200ms or 1s..2m at position 0."),
            ("runtime:2s..1s", "runtime: takes a duration such as >5s, <=200ms or 1s..2m at position 0."),
            ("retries:many", "retries: takes a number such as 3, >1 or 1..4 at position 0."),
            (
                "since:yesterday",
                "since: takes a duration such as 1h or a UTC time such as 2026-01-31T12:00 at position 0."
            ),
            (
                "until:2026-13-01",
                "until: takes a duration such as 1h or a UTC time such as 2026-01-31T12:00 at position 0."
            ),
            ("error:ab", "Substring search terms must contain at least 3 characters at position 0."),
            ("abc OR", "OR must be followed by a search term at position 4."),
            ("abc OR OR def", "OR must be followed by a search term at position 4."),
            ("abc AND", "AND must be followed by a search term at position 4."),
            ("abc AND )", "AND must be followed by a search term at position 4."),
            ("AND", "Expected a search term at position 0."), ("OR abc", "Expected a search term at position 0."),
            (")", "Expected a search term at position 0."), ("(OR abc)", "Expected a search term at position 1."),
            ("()", "Empty group at position 0."), ("abc ()", "Empty group at position 4."),
            ("(abc", "Missing closing parenthesis at position 0."), ("abc)", "Unexpected ')' at position 3."),
            ("  日本語)", "Unexpected ')' at position 3."),
            ("\"abc", "Unterminated quoted phrase at position 0."),
            ("abc \"", "Unterminated quoted phrase at position 4."),
            ("abc \"\"", "Empty search term at position 4."),
            ("((((((abc))))))", "Query nesting exceeds 5 levels at position 5."),
            (String(repeating: "a", count: 2049), "Query exceeds 2048 characters."),
            (String(repeating: "abc ", count: 129), "Query exceeds 128 tokens."),
        ])
    func refuses(text: String, message: String) {
        #expect(throws: SearchError(message)) { try SearchExpression(text) }
    }

    @Test("Limits are inclusive")
    func limits() throws {
        _ = try SearchExpression(String(repeating: "a", count: 2048))
        _ = try SearchExpression(String(repeating: "abc ", count: 128))
        _ = try SearchExpression("(((((abc)))))")
    }

    @Test(
        "Keyword values are compared as Python would write them",
        arguments: [
            ("{'a': 'x'}", "a=X", true), ("{'a': \"it's\"}", "a=it's", true), ("{'a': 'it\\'s'}", "a=it's", true),
            ("{'A': 1}", "a=1", true), ("{1: 2}", "1=2", true), ("{'a': 1e3}", "a=1000.0", true),
            ("{'a': 0x10}", "a=16", true),
            ("{'a': 123456789012345678901234567890}", "a=123456789012345678901234567890", true),
            ("{'a': (1,)}", "a=(1,)", true), ("{'a': ()}", "a=()", true), ("{'a': (1)}", "a=1", true),
            ("{'a': [None, True]}", "a=[none, true]", true), ("{'a': {1, 2}}", "a={1, 2}", true),
            ("{'a': set()}", "a=set()", true), ("{'a': b'x'}", "a=x", true), ("{'a': 'x' 'y'}", "a=xy", true),
            ("{'a': '\\u00e9\\x41'}", "a=éA", true), ("{'a': r'\\n'}", "a=\\\\n", true), ("{'a': 'é'}", "a=É", true),
            ("{'a': ['it\\'s']}", "a=[\\\"it's\\\"]", true), ("{'a': 'x',}", "a=x", true),
            ("{'a': -1.5}", "a=-1.5", true),
            ("{'a': 'x...", "a=x", false), ("{'a': <object>}", "a=<object>", false), ("('a', 1)", "a=1", false),
            ("{'a': 01}", "a=1", false), ("{'a': 1", "a=1", false), ("{'a' 1}", "a=1", false),
            ("{'a': 1} x", "a=1", false),
        ] as [(String, String, Bool)])
    func keywords(kwargs: String, pair: String, isFound: Bool) throws {
        let test = ClusterUnderTest()
        let escaped = kwargs.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        test.task("received", at: 1000, #""kwargs": "\#(escaped)""#)
        var query = TaskQuery()
        query.search = try SearchExpression("kwargs:\"\(pair)\"")
        #expect(test.cluster.tasks(query).matched == (isFound ? 1 : 0))
    }

    @Test("A needle is found wherever it lies, and nowhere else")
    func everyPlace() throws {
        for length in [3, 4, 15, 16, 17, 40] {
            for place in 0...length - 3 {
                var text = [Character](repeating: "x", count: length)
                text.replaceSubrange(place..<place + 3, with: ["N", "e", "@"])
                let test = ClusterUnderTest()
                test.task("received", at: 1000, #""args": "\#(String(text))""#)
                var query = TaskQuery()
                query.search = try SearchExpression("args:nE@")
                #expect(test.cluster.tasks(query).matched == 1)
                query.search = try SearchExpression("args:n`@")
                #expect(test.cluster.tasks(query).matched == 0)
            }
        }
    }

    private func manyKinds() -> ClusterUnderTest {
        let test = ClusterUnderTest(at: 10_000)
        test.task("sent", "abcdef01-2345-6789-abcd-ef0123456789", at: 5000, on: "gen@h", #""queue": "Mail-High""#)
        test.task("received", "abcdef01-2345-6789-abcd-ef0123456789", at: 5001, #""name": "mail.send", "retries": 2"#)
        test.task("succeeded", "abcdef01-2345-6789-abcd-ef0123456789", at: 6000, #""runtime": 7.5"#)
        test.task("received", "slow", at: 9000, #""name": "report", "args": "error:boom -x", "retries": 0"#)
        test.task("failed", "slow", at: 9900, #""exception": "ValueError('boom')", "traceback": "File \"pay.py\"""#)
        test.task("received", "new", at: 9990, #""name": "report", "args": "plain""#)
        return test
    }

    @Test(
        "Finds by negation, ranges, error, queue and id",
        arguments: [
            ("-report", ["mail"]), ("NOT report", ["mail"]), ("-name:report", ["mail"]),
            ("-state:FAILURE", ["new", "mail"]),
            ("-(state:FAILURE OR plain)", ["mail"]), ("report -plain", ["slow"]), ("NOT NOT report", ["new", "slow"]),
            ("report NOT (plain OR boom)", []), ("-nosuchword", ["new", "slow", "mail"]), ("\"boom -\"", ["slow"]),
            ("error:BOOM", ["slow"]), ("error:pay.py", ["slow"]), ("\"error:boom\"", ["slow"]),
            ("-error:boom", ["new", "mail"]), ("queue:mail-high", ["mail"]), ("queue:\"mail-high\"", ["mail"]),
            ("queue:low", []), ("type:mail.se", ["mail"]), ("id:abcdef01", ["mail"]),
            ("id:ABCDEF01-2345-6", ["mail"]), ("id:bcdef01", []), ("id:sl", ["slow"]), ("id:abcdef01a", []),
            ("runtime:>5s", ["mail"]), ("runtime:>7.5s", []), ("runtime:>=7500ms", ["mail"]), ("runtime:<5s", []),
            ("runtime:5..10", ["mail"]), ("runtime:=7.5", ["mail"]), ("runtime:7.5", ["mail"]),
            ("runtime:<0.2m", ["mail"]), ("-runtime:>5s", ["new", "slow"]), ("retries:2", ["mail"]),
            ("retries:>0", ["mail"]), ("retries:0..1", ["slow"]), ("since:2m", ["new", "slow"]),
            ("since:15s", ["new"]), ("until:2m", ["mail"]), ("since:1h until:2m", []),
            ("until:1970-01-01T01:40:01", ["mail"]), ("since:1970-01-01T02:30Z", ["new", "slow"]),
            ("since:1970-01-02", []), ("since:2000000000", []), ("until:2000000000", ["new", "slow", "mail"]),
        ] as [(String, [String])])
    func findsMore(text: String, ids: [String]) throws {
        let test = manyKinds()
        var query = TaskQuery()
        query.search = try SearchExpression(text)
        let page = test.cluster.tasks(query)
        #expect(page.tasks.map { $0.uuid.hasSuffix("789") ? "mail" : $0.uuid } == ids)
        #expect(page.matched == ids.count)
    }

    @Test("Reading all texts at once finds the same as looking at each task")
    func scanAgreesWithTasks() throws {
        var random = SeededRandom(seed: 7)
        let words = [
            "alpha", "Beta", "GAMMA", "straße", "STRASSE", "Ωmega", "ωMEGA", "日本語", "ﬁsh", "fish", "İstanbul",
            "kelvinK", "x",
            "", "a'b", "back\\\\slash", "ΣΑΣ", "σας", "naïve", "NAÏVE", "😀smile",
        ]
        let test = ClusterUnderTest()
        var texts: [String: [String]] = [:]
        for index in 0..<250 {
            // Some texts repeat and are shared, some are long, some come once.
            let parts = (0..<3).map { _ -> String in
                var text = words[Int.random(in: words.indices, using: &random)]
                if Int.random(in: 0..<3, using: &random) == 0 { text += "-\(index)" }
                if Int.random(in: 0..<60, using: &random) == 0 { text += String(repeating: "é\(index) ", count: 300) }
                return text
            }
            texts["t\(index)"] = parts.map { $0.replacing("\\\\", with: "\\").foldedAsPython }
            test.task("received", "t\(index)", at: 1000, #""args": "\#(parts[0])", "kwargs": "\#(parts[1])""#)
            test.task("succeeded", "t\(index)", at: 1001, #""result": "\#(parts[2])""#)
        }
        let needles = [
            "alpha", "BETA", "gamma", "strasse", "STRAßE", "ωmega", "日本語", "fish", "istanbul", "kelvink", "a'b", "σας",
            "naïve", "smile", "a-29", "nosuchword", "i̇stan", "😀smi",
        ]
        for needle in needles {
            for (prefix, fields) in [("", 0..<3), ("args:", 0..<1), ("kwargs:", 1..<2), ("result:", 2..<3)] {
                var query = TaskQuery()
                query.search = try SearchExpression(prefix + needle)
                let folded: String = needle.foldedAsPython
                var expected: Set<String> = []
                for (id, parts) in texts {
                    let isInText = parts[fields].contains { $0.contains(folded) }
                    if isInText || (prefix.isEmpty && id.contains(needle)) { expected.insert(id) }
                }
                let page = test.cluster.tasks(query)
                #expect(Set(page.tasks.map(\.uuid)) == expected, "\(prefix)\(needle)")
                #expect(page.matched == expected.count)
            }
        }
    }
}

extension String {
    /// A case folding written another way than the one under test, for the letters of these tests.
    fileprivate var foldedAsPython: String {
        let special: [Unicode.Scalar: String] = ["ß": "ss", "ﬁ": "fi", "\u{212A}": "k", "ς": "σ", "İ": "i\u{307}"]
        var folded = ""
        for scalar in unicodeScalars { folded += special[scalar] ?? scalar.properties.lowercaseMapping }
        return folded
    }
}
