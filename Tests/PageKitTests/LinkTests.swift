import Testing

@testable import PageKit

@Suite("Addresses are encoded and stay on this site")
struct LinkTests {
    @Test(
        "A task's id is one path segment, or named in the query when it cannot be one",
        arguments: [
            ("87b6c1a2", "/flower/task/87b6c1a2"),
            ("a b?c#d&e", "/flower/task/a%20b%3Fc%23d%26e"),
            ("größe", "/flower/task/gr%C3%B6%C3%9Fe"),
            ("\"><script>", "/flower/task/%22%3E%3Cscript%3E"),
            ("a/b", "/flower/task?id=a%2Fb"),
            ("..", "/flower/task?id=.."),
            ("", "/flower/task?id="),
        ])
    func task(_ id: String, _ address: String) {
        #expect(Links(prefix: "/flower").task(id).text == address)
    }

    @Test("A worker's name keeps its @")
    func worker() {
        #expect(Links(prefix: "").worker("celery@node-1").text == "/worker/celery@node-1")
    }

    @Test("A query is encoded name by name")
    func query() {
        let link = Links(prefix: "/flower").tasks(("state", "FAILURE"), ("name", "a&b=c d"))
        #expect(link.text == "/flower/tasks?state=FAILURE&name=a%26b%3Dc%20d")
    }

    @Test(
        "A path from outside never leads to another site",
        arguments: [
            ("//evil.example/x", "/evil.example/x"),
            ("https://evil.example", "/https:/evil.example"),
            ("javascript:alert(1)", "/javascript:alert%281%29"),
            ("/tasks", "/tasks"),
        ])
    func foreignPath(_ path: String, _ address: String) {
        let link = Link(prefix: "", requestPath: path)
        #expect(!link.text.hasPrefix("//"))
        #expect(link.text.replacing("//", with: "/") == address)
    }

    @Test("A path with a query keeps both")
    func relative() {
        #expect(Link(prefix: "/flower", relative: "/login?next=%2Ftasks").text == "/flower/login?next=%2Ftasks")
    }
}
