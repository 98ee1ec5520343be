import Identity
import Testing

@Suite struct AssertionTests {
    private static let paths = [
        "/", "/workers", "/tasks", "/api/workers", "/api/tasks", "/metrics", "/healthcheck", "/static/calyx.css",
        "/live?page=/workers", "/nope", "/livez", "//api/workers",
    ]

    @Test("Without an assertion nothing is served, whatever the path", arguments: paths)
    func missing(path: String) async throws {
        try await RunningCore.run { _, listener in
            let answer = try await RawConnection.open(listener) { try await $0.ask("GET", path) }
            #expect(answer.status == 401)
            #expect(answer.fields["content-type"] == "application/problem+json")
            #expect(answer.body.contains(#""status": 401"#))
            #expect(answer.fields["cache-control"] == "no-store")
        }
    }

    @Test("An assertion that is not for this request, now, by our key is refused")
    func wrong() async throws {
        try await RunningCore.run { core, listener in
            let foreign = try #require(AssertionKeys([[UInt8](repeating: 8, count: 32)]))
            let now: Int64 = 1_000_000
            let good = core.assertion(path: "/api/workers")
            let cases: [(String, String, String)] = [
                ("another path", "/api/workers", core.assertion(path: "/api/tasks")),
                ("a longer spelling of the path", "//api/workers", good),
                ("an escaped spelling of the path", "/api/%77orkers", good),
                ("a path below", "/api/workers/", good),
                ("another method", "/api/workers", core.assertion(method: "POST", path: "/api/workers")),
                ("expired", "/api/workers", core.assertion(path: "/api/workers", expires: now - 1)),
                ("expiring now", "/api/workers", core.assertion(path: "/api/workers", expires: now)),
                ("living too long", "/api/workers", core.assertion(path: "/api/workers", expires: now + 3600)),
                ("another key", "/api/workers", core.assertion(path: "/api/workers", keys: foreign)),
                ("cut", "/api/workers", String(good.dropLast())),
                ("garbage", "/api/workers", "1.x.y.z"),
                ("empty", "/api/workers", ""),
            ]
            for (what, path, value) in cases {
                let answer = try await RawConnection.open(listener) {
                    try await $0.ask("GET", path, [("Calyx-Assertion", value)])
                }
                #expect(answer.status == 401, "\(what)")
                #expect(!answer.body.contains("key") && !answer.body.contains("expired"), "\(what): says too much")
            }
            let twice = try await RawConnection.open(listener) {
                try await $0.ask("GET", "/api/workers", [("Calyx-Assertion", good), ("Calyx-Assertion", good)])
            }
            #expect(twice.status == 401)
            let right = try await RawConnection.open(listener) {
                try await $0.ask("GET", "/api/workers?refresh=0", [("calyx-assertion", good)])
            }
            #expect(right.status == 200)
            #expect(right.body == "{}")
        }
    }

    @Test("The role is checked again, after the gateway")
    func roles() async throws {
        try await RunningCore.run { core, listener in
            let cases: [(String, Role, Int)] = [
                ("/api/task/revoke/x", .viewer, 403), ("/api/task/revoke/x", .operator, 503),
                ("/api/worker/shutdown/w", .operator, 403), ("/api/worker/shutdown/w", .admin, 404),
                ("/tasks/datatable", .viewer, 400), ("/nobody/classified/this", .operator, 403),
            ]
            for (path, role, status) in cases {
                let answer = try await RawConnection.open(listener) {
                    try await $0.ask(
                        "POST", path, [("Calyx-Assertion", core.assertion(method: "POST", path: path, role: role))])
                }
                #expect(answer.status == status, "\(path) as \(role)")
            }
        }
    }
}
