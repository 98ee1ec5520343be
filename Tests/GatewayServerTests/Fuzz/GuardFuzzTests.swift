import Foundation
import NIOHTTP1
import Testing

@testable import GatewayServer

/// Damaged requests through framing gate, decoder and guard. `CALYX_FUZZ_COUNT` and `CALYX_FUZZ_SEED` choose others.
@Suite("Whatever a client sends")
struct GuardFuzzTests {
    @Test("An independent strict parser agrees about every accepted request: framing, path, host and fields")
    func requests() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["CALYX_FUZZ_COUNT"].flatMap { Int($0) } ?? 200_000
        var fuzzer = try RequestFuzzer(seed: environment["CALYX_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1)
        let limits = GatewayLimits()
        let rules = RequestGuard(hosts: HostRule(hosts: [], external: nil), limits: limits)
        let referee = try Referee()
        var accepted = 0
        for _ in 0..<count {
            let bytes = fuzzer.next()
            let cuts = fuzzer.pick(4) == 0 ? (0..<3).map { _ in fuzzer.pick(bytes.count + 1) } : []
            let requests = try GuardedConnection.accepted(of: bytes, cuts: cuts, limits: limits, rules: rules)
            for request in requests {
                accepted += 1
                let path = request.request.path
                if (try? CanonicalPath(Substring(path.value))) != path {
                    Issue.record("not canonical a second time: \(path.value)")
                }
            }
            if !requests.isEmpty { referee.show(bytes, requests) }
        }
        #expect(accepted > count / 20)
        let verdict = referee.verdict()
        #expect(verdict == "\(accepted) agreed, 0 differ")
    }
}

/// The other parser, in another language: `Tests/Fuzz/strict_http.py`.
private final class Referee {
    private let process = Process()
    private let toReferee = Pipe()
    private let fromReferee = Pipe()
    private var buffer = Data()

    init() throws {
        let root = (1...4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let own = root.appendingPathComponent(".build/venv/bin/python").path
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            FileManager.default.isExecutableFile(atPath: own) ? own : "python3",
            root.appendingPathComponent("Tests/Fuzz/strict_http.py").path,
        ]
        process.standardInput = toReferee
        process.standardOutput = fromReferee
        try process.run()
    }

    /// One line for what one connection sent and what was accepted of it.
    func show(_ bytes: [UInt8], _ requests: [GuardedConnection.Accepted]) {
        var line = "{\"sent\":\"\(Data(bytes).base64EncodedString())\",\"requests\":["
        line += requests.map { accepted in
            let request = accepted.request
            var json = JSONText()
            json.add("method", request.method.rawValue)
            json.add("path", request.path.value)
            if let query = request.query { json.add("query", query) }
            json.add("host", request.host.host)
            json.add("port", Int(request.host.port ?? 0))
            switch request.framing {
            case .none: json.add("framing", "none")
            case .length(let length): json.add("framing", "length \(length)")
            case .chunked: json.add("framing", "chunked")
            }
            json.add("fields", request.section.fields.forwarded.map { "\($0.0): \($0.1)" }.joined(separator: "\n"))
            json.add("body", Data(accepted.body).base64EncodedString())
            json.add("complete", accepted.isComplete ? 1 : 0)
            json.add("closes", request.closesConnection ? 1 : 0)
            return String(decoding: json.finish(), as: UTF8.self)
        }.joined(separator: ",")
        buffer += Data((line + "]}\n").utf8)
        if buffer.count > 1 << 20 { flush() }
    }

    /// What the referee says at the end: how many requests agreed, and the first differences.
    func verdict() -> String {
        flush()
        try? toReferee.fileHandleForWriting.close()
        let said = (try? fromReferee.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        return String(decoding: said ?? Data(), as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private func flush() {
        try? toReferee.fileHandleForWriting.write(contentsOf: buffer)
        buffer = Data()
    }
}
