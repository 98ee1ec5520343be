import CoreServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct LiveTests {
    private static let page = "/live?page=%2Fworkers"

    private func open(_ core: RunningCore, _ connection: inout RawConnection, _ target: String = page) async throws {
        let assertion = core.assertion(path: "/live")
        try await connection.send("GET \(target) HTTP/1.1\r\nHost: core\r\nCalyx-Assertion: \(assertion)\r\n\r\n")
    }

    @Test("A change of the cluster arrives on the stream of a page that shows it")
    func change() async throws {
        try await RunningCore.run { core, listener in
            try await RawConnection.open(listener) { connection in
                try await open(core, &connection)
                let head = try await connection.read { $0.contains("retry: 2000\n\n") }
                #expect(head.hasPrefix("HTTP/1.1 200"))
                #expect(head.contains("text/event-stream"))
                #expect(head.contains("no-store"))
                try core.event("worker-heartbeat", ["active": 3])
                let events = try await connection.read { $0.contains("w1@lab") }
                #expect(events.contains("data:"))
                try core.event("worker-offline", [:])
                let more = try await connection.read { $0.contains("data:") }
                #expect(more.contains("data:"))
            }
        }
    }

    @Test("An open stream ends with the core, and tells the browser to come back")
    func shutdown() async throws {
        let ended = AsyncStream<String>.makeStream()
        try await RunningCore.run { core, listener in
            let reading = Task {
                try await RawConnection.open(listener) { connection in
                    try await open(core, &connection)
                    _ = try await connection.read { $0.contains("retry: 2000") }
                    ended.continuation.yield("open")
                    return try await connection.read { _ in false }
                }
            }
            for await _ in ended.stream { break }
            Task { ended.continuation.yield(try await reading.value) }
        }
        for await last in ended.stream {
            #expect(last.contains("retry: 500\n\n"))
            break
        }
    }

    @Test("Too many streams of one person are refused, and a closed one makes room")
    func limit() async throws {
        try await RunningCore.run {
            $0.liveStreamsPerPrincipal = 1
        } _: { core, listener in
            let refused = try await RawConnection.open(listener) { first in
                try await open(core, &first)
                _ = try await first.read { $0.contains("retry: 2000") }
                return try await RawConnection.open(listener) {
                    try await $0.ask("GET", Self.page, [("Calyx-Assertion", core.assertion(path: "/live"))])
                }
            }
            #expect(refused.status == 503)
            #expect(refused.fields["retry-after"] == "5")
            // The core learns of the close a moment later: the next attempts find out.
            var status = 503
            while status == 503 {
                status = try await RawConnection.open(listener) { connection in
                    try await open(core, &connection)
                    let head = try await connection.read { $0.contains("\r\n\r\n") }
                    return head.hasPrefix("HTTP/1.1 200") ? 200 : 503
                }
            }
            #expect(status == 200)
        }
    }

    @Test(
        "A page that has nothing live has no stream",
        arguments: ["/live", "/live?page=", "/live?page=//x", "/live?page=/nope"])
    func nothing(target: String) async throws {
        try await RunningCore.run { core, listener in
            let answer = try await RawConnection.open(listener) {
                try await $0.ask("GET", target, [("Calyx-Assertion", core.assertion(path: "/live"))])
            }
            #expect(answer.status == 404)
        }
    }
}
