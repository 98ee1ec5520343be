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
            ("NOT abc", "NOT is not supported at position 0."), ("abc NOT", "NOT is not supported at position 4."),
            ("-abc", "Negation with '-' is not supported at position 0."),
            ("\"-abc\"", "Negation with '-' is not supported at position 0."),
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
}
