import ClusterState
import Testing

@testable import History

@Suite("Redaction")
struct RedactionTests {
    @Test(
        "Values of secret keys go, the rest stays",
        arguments: [
            ("{'password': 'x', 'a': 1}", "{'password': '***', 'a': 1}"),
            ("{\"password\": \"it's \\\" x\", \"a\": 1}", "{\"password\": \"***\", \"a\": 1}"),
            ("{'access_token': b'abc', 'n': 2}", "{'access_token': ***, 'n': 2}"),
            ("{'CardNumber': 4111111111111111, 'n': 2}", "{'CardNumber': ***, 'n': 2}"),
            ("{'secrets': {'a': ['x', {'y': 1}]}, 'n': 2}", "{'secrets': ***, 'n': 2}"),
            ("{'token': None}", "{'token': ***}"),
            ("login(password='a, b', user='u')", "login(password='***', user='u')"),
            ("postgres://h/db?password=abc&x=1", "postgres://h/db?password=***&x=1"),
            ("{'password': 'cut off here", "{'password': '***'"),
            ("[{'password': 'a'}, {'password': 'b'}]", "[{'password': '***'}, {'password': '***'}]"),
            ("'{\\'password\\': \\'x\\', \\'a\\': 1}'", "'{\\'password\\': ***, \\'a\\': 1}'"),
            ("User(api_key='k', ok=True)", "User(api_key='***', ok=True)"),
        ])
    func redacts(text: String, expected: String) { #expect(Redaction().redact(text) == expected) }

    @Test(
        "Other texts are left as they are",
        arguments: [
            "", "('a', 1)", "{'tokens': }", "password", "password ==", "the password is x", "{'discard': ", "ñandú",
        ])
    func keeps(text: String) { #expect(Redaction().redact(text) == nil) }

    @Test("Every text of a task is looked at")
    func tasks() {
        let secret = "{'password': 'hunter2'}"
        var task = TaskSnapshot.example("t", at: 1, args: "(\(secret),)", kwargs: secret, result: secret)
        task.exception = "E(\(secret))"
        task.traceback = secret
        task.attempts = [TaskAttempt(time: 1, exception: secret, traceback: secret)]
        Redaction().apply(to: &task)
        #expect(!"\(task)".contains("hunter2"))
        var other = TaskSnapshot.example("t", at: 1, kwargs: secret)
        Redaction(words: []).apply(to: &other)
        #expect(other.kwargs == secret)
    }

    @Test("No text, however broken, does harm")
    func fuzz() {
        var generator = SystemRandomNumberGenerator()
        let parts = ["password", "'", "\"", "\\", ":", "=", "{", "}", "[", "(", ")", ",", " ", "é", "token", "b'", "x"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0..<14, using: &generator)).map { _ in parts.randomElement() ?? "" }.joined()
            _ = Redaction().redact(text)
        }
    }
}
