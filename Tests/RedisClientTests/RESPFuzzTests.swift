import CHiredis
import CeleryFixtures
import Testing

@testable import RedisClient

@Suite("Damaged replies of Redis")
struct RESPFuzzTests {
    private static let largest = 1 << 16

    /// What a subscriber hears: confirmations, messages of both kinds, pongs.
    private func stream(_ messages: Int, _ random: inout SeededRandom) -> [UInt8] {
        var text =
            "*3\r\n$10\r\npsubscribe\r\n$9\r\n/0.ev/*\u{e9}\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$5\r\n/0.ev\r\n:2\r\n"
        for _ in 0..<messages {
            let payload = String(repeating: "p", count: Int.random(in: 0..<200, using: &random))
            if Bool.random(using: &random) {
                text +=
                    "*4\r\n$8\r\npmessage\r\n$7\r\n/0.ev/*\r\n$6\r\n/0.e/x\r\n$\(payload.utf8.count)\r\n\(payload)\r\n"
            } else {
                text += "*3\r\n$7\r\nmessage\r\n$5\r\n/0.ev\r\n$\(payload.utf8.count)\r\n\(payload)\r\n"
            }
            if Int.random(in: 0..<5, using: &random) == 0 { text += "*2\r\n$4\r\npong\r\n$0\r\n\r\n" }
        }
        return Array(text.utf8)
    }

    /// Replies of every type, some nested.
    private func replies(_ random: inout SeededRandom) -> [UInt8] {
        let parts = [
            "+OK\r\n", "-WRONGTYPE Operation against a key\r\n", ":-12\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
            "$0\r\n\r\n",
            "$5\r\nhello\r\n", "*2\r\n*2\r\n:1\r\n$1\r\nx\r\n*1\r\n*1\r\n+a\r\n",
            "*3\r\n$-1\r\n:9223372036854775807\r\n-E\r\n",
        ]
        let chosen = (0..<12).map { _ in parts[Int.random(in: parts.indices, using: &random)] }
        return Array(chosen.joined().utf8)
    }

    private static let tokens = [
        "*2147483647\r\n", "$2147483647\r\n", "$9223372036854775807\r\n", "*-2\r\n", "$-2\r\n", "*1\r\n", "\r\n", "$",
        ":99999999999999999999\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "%2\r\n", "_\r\n",
        "#t\r\n",
    ].map { Array($0.utf8) }

    private func damage(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        if Bool.random(using: &random) {
            Mutation.mutate(&bytes, using: &random)
        } else if !bytes.isEmpty {
            let token = Self.tokens[Int.random(in: Self.tokens.indices, using: &random)]
            let place = Int.random(in: bytes.indices, using: &random)
            let end = min(place + Int.random(in: 0...6, using: &random), bytes.count)
            bytes.replaceSubrange(place..<end, with: token)
        }
    }

    /// Hands on `bytes` in pieces; false when one was refused.
    private func inPieces(
        _ bytes: [UInt8], _ random: inout SeededRandom, _ feed: (UnsafeRawBufferPointer) throws(RESPError) -> Void
    ) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        var offset = 0
        do throws(RESPError) {
            while offset < bytes.count {
                let end = min(offset + Int.random(in: 1...400, using: &random), bytes.count)
                try feed(UnsafeRawBufferPointer(rebasing: buffer[offset..<end]))
                offset = end
            }
            return true
        } catch {
            return false
        }
    }

    @Test("A subscriber's stream is read to its damage, and no further than it is sound")
    func pushes() throws {
        var random = SeededRandom(seed: FuzzPlan.seed)
        var refused = 0
        for round in 0..<(FuzzPlan.count ?? 40_000) / 20 {
            var bytes = stream(10, &random)
            if round % 10 > 0 { damage(&bytes, &random) }
            let decoder = PushDecoder()
            let reader = try #require(RESPReader(visitor: decoder, maximumBuffered: Self.largest))
            var taken = 0
            let isGood = inPieces(bytes, &random) { piece throws(RESPError) in
                try decoder.read(into: { payload in
                    taken += payload.count <= Self.largest ? 1 : 0
                }) { () throws(RESPError) in try reader.feed(piece) }
            }
            #expect(decoder.messages == taken)
            if round % 10 == 0 {
                #expect(isGood)
                #expect(taken == 10)
                #expect(decoder.confirmed == 2)
            }
            if !isGood { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test("Replies are built to their damage, and stay within bounds")
    func replies() throws {
        var random = SeededRandom(seed: FuzzPlan.seed &+ 1)
        var refused = 0
        for round in 0..<(FuzzPlan.count ?? 40_000) / 20 {
            var bytes = replies(&random)
            if round % 10 > 0 { damage(&bytes, &random) }
            let builder = ReplyBuilder()
            let reader = try #require(RESPReader(visitor: builder, maximumBuffered: Self.largest))
            let isGood = inPieces(bytes, &random) { piece throws(RESPError) in try reader.feed(piece) }
            let replies = builder.takeReplies()
            #expect(replies.count <= bytes.count / 3)
            if round % 10 == 0 {
                #expect(isGood)
                #expect(replies.count == 12)
            }
            if !isGood { refused += 1 }
        }
        #expect(refused > 0)
    }
}
