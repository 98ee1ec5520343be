import CeleryBroker
import CoreServer
import Foundation
import Identity
import PageKit
import Testing

@Suite struct AnswersTests {
    private func ask(
        _ core: RunningCore, _ listener: CoreConfiguration.Listener, _ target: String,
        _ fields: [(String, String)] = [], method: String = "GET", body: String = "", role: Role = .admin
    ) async throws -> Answer {
        let path = String(target.prefix { $0 != "?" })
        let assertion = core.assertion(method: method, path: path, role: role)
        return try await RawConnection.open(listener) {
            try await $0.ask(method, target, fields + [("Calyx-Assertion", assertion)], body: body)
        }
    }

    @Test("The API answers from the cluster, without being stored anywhere")
    func api() async throws {
        try await RunningCore.run { core, listener in
            try core.event("worker-heartbeat", [:])
            let answer = try await ask(core, listener, "/api/workers?status=1")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"w1@lab": true}"#)
            #expect(answer.fields["content-type"] == "application/json; charset=UTF-8")
            #expect(answer.fields["cache-control"] == "no-store")
            #expect(answer.fields["x-content-type-options"] == "nosniff")
        }
    }

    @Test("A body that is known already is not sent again")
    func notModified() async throws {
        try await RunningCore.run { core, listener in
            let first = try await ask(core, listener, "/api/task/types")
            let tag = try #require(first.fields["etag"])
            for known in [tag, "\"x\", \(tag)", "*"] {
                let again = try await ask(core, listener, "/api/task/types", [("If-None-Match", known)])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                #expect(again.fields["etag"] == tag)
            }
            try core.event("task-received", ["uuid": "x", "name": "tasks.add"])
            let changed = try await ask(core, listener, "/api/task/types", [("If-None-Match", tag)])
            #expect(changed.status == 200)
            #expect(changed.fields["etag"] != tag)
        }
    }

    @Test("HEAD has the fields of GET and no body, and the connection goes on")
    func head() async throws {
        try await RunningCore.run { core, listener in
            let whole = try await ask(core, listener, "/api/task/types")
            let (head, next) = try await RawConnection.open(listener) { connection in
                let head = try await connection.ask(
                    "HEAD", "/api/task/types",
                    [("Calyx-Assertion", core.assertion(method: "HEAD", path: "/api/task/types"))])
                let next = try await connection.ask(
                    "GET", "/api/task/types", [("Calyx-Assertion", core.assertion(path: "/api/task/types"))])
                return (head, next)
            }
            #expect(head.status == 200)
            #expect(head.fields["content-length"] == whole.fields["content-length"])
            #expect(head.fields["etag"] == whole.fields["etag"])
            #expect(next.body == whole.body)
        }
    }

    @Test("A list too long for one piece arrives whole")
    func pieces() async throws {
        try await RunningCore.run { core, listener in
            for index in 0..<700 { try core.event("task-received", ["uuid": "id-\(index)", "name": "t"]) }
            let answer = try await ask(core, listener, "/api/tasks")
            #expect(answer.fields["transfer-encoding"] == "chunked")
            let parsed = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            #expect(parsed?.count == 700)
            let head = try await ask(core, listener, "/api/tasks", method: "HEAD")
            #expect(head.status == 200)
        }
    }

    @Test("A form counts as parameters, and one that is too large is refused and ends the connection")
    func bodies() async throws {
        try await RunningCore.run { core, listener in
            let form = ("Content-Type", "application/x-www-form-urlencoded")
            let right = try await ask(
                core, listener, "/tasks/datatable", [form], method: "POST",
                body: "draw=4&start=0&length=1&order%5B0%5D%5Bcolumn%5D=0", role: .viewer)
            #expect(right.body == #"{"draw": 4, "data": [], "recordsTotal": 0, "recordsFiltered": 0}"#)
            let large = try await RawConnection.open(listener) { connection in
                let assertion = core.assertion(method: "POST", path: "/tasks/datatable")
                let answer = try await connection.ask(
                    "POST", "/tasks/datatable", [form, ("Calyx-Assertion", assertion)],
                    body: String(repeating: "a", count: (1 << 20) + 1))
                return (answer, await connection.readsEnd())
            }
            #expect(large.0.status == 413)
            #expect(large.1)
        }
    }

    @Test("A query that is no percent-encoded UTF-8 is a 400")
    func badQuery() async throws {
        try await RunningCore.run { core, listener in
            let answer = try await ask(core, listener, "/api/tasks?search=%ff")
            #expect(answer.status == 400)
            #expect(answer.fields["content-type"] == "application/problem+json")
        }
    }

    @Test("What is not there is a problem for programs and a page for people")
    func unknown() async throws {
        try await RunningCore.run { core, listener in
            let api = try await ask(core, listener, "/api/nope")
            #expect(api.status == 404)
            #expect(api.fields["content-type"] == "application/problem+json")
            let page = try await ask(core, listener, "/nope")
            #expect(page.status == 404)
            #expect(page.fields["content-type"]?.hasPrefix("text/html") == true)
        }
    }

    @Test("Pages carry the strict policy")
    func pages() async throws {
        try await RunningCore.run { core, listener in
            let page = try await ask(core, listener, "/workers")
            #expect(page.status == 200)
            #expect(page.fields["content-security-policy"] == ContentSecurityPolicy.value)
            #expect(page.fields["cache-control"] == "no-store")
            let posted = try await ask(core, listener, "/workers", method: "POST")
            #expect(posted.status == 405)
            #expect(posted.fields["allow"] == "GET, HEAD, OPTIONS")
            #expect(try await ask(core, listener, "/workers", method: "OPTIONS").status == 204)
        }
    }

    @Test("Assets named with their hash may be kept for ever, others are checked again")
    func assets() async throws {
        try await RunningCore.run { core, listener in
            let asset = try #require(WebAssets.all.first { $0.gzip != nil })
            let kept = try await ask(core, listener, "/static/\(asset.name)?v=\(asset.hash)")
            #expect(kept.status == 200)
            #expect(kept.fields["cache-control"]?.contains("immutable") == true)
            #expect(kept.fields["content-type"] == asset.mimeType)
            #expect(kept.body == String(decoding: asset.bytes, as: UTF8.self))
            let other = try await ask(core, listener, "/static/\(asset.name)?v=old")
            #expect(other.fields["cache-control"] == "no-cache")
            let tag = try #require(other.fields["etag"])
            #expect(try await ask(core, listener, "/static/\(asset.name)", [("If-None-Match", tag)]).status == 304)
            let gzip = try await ask(
                core, listener, "/static/\(asset.name)", [("Accept-Encoding", "br, gzip")], method: "HEAD")
            #expect(gzip.fields["content-encoding"] == "gzip")
            #expect(gzip.fields["content-length"] == "\(asset.gzip?.count ?? 0)")
            let refused = try await ask(
                core, listener, "/static/\(asset.name)", [("Accept-Encoding", "gzip;q=0")], method: "HEAD")
            #expect(refused.fields["content-encoding"] == nil)
            #expect(try await ask(core, listener, "/static/../calyx").status == 404)
        }
    }

    @Test("The health check says OK as Flower does, and details to a signed-in person")
    func health() async throws {
        try await RunningCore.run { core, listener in
            let plain = try await ask(core, listener, "/healthcheck")
            #expect(plain.status == 200)
            #expect(plain.body == "OK")
            core.broker.status.isConnected = false
            core.broker.status.since = 999_000
            let verbose = try await ask(core, listener, "/healthcheck?verbose=1")
            #expect(verbose.status == 200)
            let parsed = try JSONSerialization.jsonObject(with: Data(verbose.body.utf8)) as? [String: Any]
            #expect(parsed?["status"] as? String == "blind")
            #expect(parsed?["blind_seconds"] as? Double == 1000)
            #expect((parsed?["broker"] as? [String: Any])?["connected"] as? Bool == false)
        }
    }

    @Test("The admin listener on loopback is not read through a name that somebody points at it")
    func rebinding() async throws {
        let open = CoreConfiguration.Listener.tcp(host: "127.0.0.1", port: 0)
        try await RunningCore.run({ $0.adminListen = open }) { _, listener in
            let hosts = [
                ("evil.example", 421), ("evil.example:5556", 421), ("127.0.0.1.evil.example", 421),
                ("localhost:5556", 200), ("127.0.0.1", 200), ("[::1]:5556", 200), ("LOCALHOST", 200),
            ]
            for (host, status) in hosts {
                let head = try await RawConnection.open(listener) { connection in
                    try await connection.send("GET /metrics HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                    return try await connection.read { $0.contains("\r\n\r\n") }
                }
                #expect(head.hasPrefix("HTTP/1.1 \(status)"), "\(host)")
            }
        }
    }

    @Test("The admin listener answers probes and scrapers without an assertion, and nothing else")
    func admin() async throws {
        let open = CoreConfiguration.Listener.tcp(host: "127.0.0.1", port: 0)
        try await RunningCore.run {
            $0.adminListen = open
        } _: { core, listener in
            func get(_ path: String, _ method: String = "GET") async throws -> Answer {
                try await RawConnection.open(listener) { try await $0.ask(method, path) }
            }
            let metrics = try await get("/metrics")
            #expect(metrics.status == 200)
            #expect(metrics.body.contains("celery_workers 0.0"))
            let blindness: [(since: Double, ready: Int)] = [(1_000_000 - 30, 200), (1_000_000 - 31, 503)]
            for (path, method, status) in [
                ("/livez", "GET", 200), ("/readyz", "GET", 200), ("/api/workers", "GET", 404), ("/", "GET", 404),
                ("/metrics", "POST", 405),
            ] {
                let answer = try await get(path, method)
                #expect(answer.status == status, "\(method) \(path)")
            }
            core.broker.status.isConnected = false
            for (since, status) in blindness {
                core.broker.status.since = since
                let ready = try await get("/readyz")
                #expect(ready.status == status)
            }
            let live = try await get("/livez")
            #expect(live.status == 200)
        }
    }
}
