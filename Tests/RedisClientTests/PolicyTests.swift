import NIOCore
import Testing

@testable import RedisClient

@Suite("Pauses and patience") struct PolicyTests {
    @Test("Reconnecting starts at once, backs off to the cap, and starts anew after a connection that stood")
    func reconnecting() {
        var policy = ReconnectPolicy(first: 0.1, cap: 2, stableAfter: 10)
        let pauses = (0..<8).map { _ in policy.pause(afterStanding: nil, random: 0.999) }
        #expect(pauses[0] < 0.11)
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(pauses.allSatisfy { $0 <= 2 })
        #expect(pauses[7] > 1.9)
        #expect(policy.pause(afterStanding: 1, random: 0) == 1)
        #expect(policy.pause(afterStanding: 10, random: 0) == 0.05)
        for _ in 0..<1000 { _ = policy.pause(afterStanding: nil, random: 0.5) }
        #expect(policy.pause(afterStanding: nil, random: 0.999) <= 2)
    }

    @Test("Reads pause the less the more comes, and not at all under load")
    func readPause() {
        var pause = ReadPause(longest: .milliseconds(20), busyBytes: 1000, window: .milliseconds(100))
        var time = NIODeadline.uptimeNanoseconds(0)
        func next(_ bytes: Int, after milliseconds: Int64) -> TimeAmount? {
            time = time + .milliseconds(milliseconds)
            return pause.next(afterReading: bytes, at: time)
        }
        #expect(next(0, after: 0) == .milliseconds(20))
        #expect(next(500, after: 20) == .milliseconds(10))
        // 500 bytes have lost a tenth after 10 ms.
        #expect(next(50, after: 10) == .milliseconds(10))
        #expect(next(600, after: 1) == nil)
        #expect(next(10, after: 1) == nil)
        #expect(next(0, after: 50) == .nanoseconds(9_059_500))
        #expect(next(0, after: 100) == .milliseconds(20))
        #expect(next(100_000, after: 20) == nil)
        #expect(next(0, after: 1000) == .milliseconds(20))
    }

    @Test("A quiet connection is asked, then given up; any byte starts anew")
    func keepAlive() {
        var keepAlive = KeepAlive(quietTicks: 2, patienceTicks: 2)
        #expect(keepAlive.tick() == .none)
        #expect(keepAlive.tick() == .ping)
        #expect(keepAlive.tick() == .none)
        #expect(keepAlive.tick() == .giveUp)
        keepAlive.heard()
        #expect(keepAlive.tick() == .none)
        #expect(keepAlive.tick() == .ping)
    }

    @Test(
        "RESP that is none, or too large, is an error and not a crash",
        arguments: ["hello\r\n", "*-5\r\n", ":12x\r\n", "*2\r\n?\r\n", "$-7\r\n", "$99999999999999999999\r\n"])
    func brokenProtocol(text: String) throws {
        let reader = try #require(RESPReader(visitor: ReplyBuilder(), maximumBuffered: 1000))
        #expect(throws: RESPError.self) { try Array(text.utf8).withUnsafeBytes { try reader.feed($0) } }
    }

    @Test("A bulk string that announces more than is bearable is stopped")
    func boundedReply() throws {
        let builder = ReplyBuilder()
        let reader = try #require(RESPReader(visitor: builder, maximumBuffered: 40_000))
        let start = Array("$9000000000000000000\r\n".utf8) + [UInt8](repeating: 0x61, count: 50_000)
        #expect(throws: RESPError(description: "a reply is larger than 40000 bytes")) {
            try start.withUnsafeBytes { try reader.feed($0) }
        }
    }

    @Test("An array that announces billions of elements costs nothing until they come")
    func hugeArray() throws {
        let builder = ReplyBuilder()
        let reader = try #require(RESPReader(visitor: builder, maximumBuffered: 1000))
        try Array("*2147483647\r\n:1\r\n:2\r\n".utf8).withUnsafeBytes { try reader.feed($0) }
        #expect(builder.takeReplies().isEmpty)
    }

    @Test("Replies cut at every byte read the same")
    func cutAnywhere() throws {
        let text = Array("*3\r\n$5\r\nhello\r\n:-42\r\n*2\r\n$-1\r\n+OK\r\n-ERR no\r\n*0\r\n*-1\r\n$0\r\n\r\n".utf8)
        let expected: [RedisReply] = [
            .array([.bulk(Array("hello".utf8)), .integer(-42), .array([.null, .status("OK")])]), .error("ERR no"),
            .array([]), .null, .bulk([]),
        ]
        for cut in 0...text.count {
            let builder = ReplyBuilder()
            let reader = try #require(RESPReader(visitor: builder, maximumBuffered: 1000))
            try Array(text.prefix(cut)).withUnsafeBytes { try reader.feed($0) }
            try Array(text.dropFirst(cut)).withUnsafeBytes { try reader.feed($0) }
            #expect(builder.takeReplies() == expected)
        }
    }
}
