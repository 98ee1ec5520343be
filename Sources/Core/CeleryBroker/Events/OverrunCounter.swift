import NIOCore
internal import RedisClient
import Synchronization

/// Tells whether Redis closed the subscriber because it was too slow (`client-output-buffer-limit pubsub`).
final class OverrunCounter: Sendable {
    private let commands: RedisClient
    private let known = Mutex<Int?>(nil)

    init(commands: RedisClient) { self.commands = commands }

    /// Notes how often Redis has done so until now.
    func remember() async {
        let count = (try? await statistics()).flatMap(Self.disconnections)
        known.withLock { $0 = count }
    }

    /// Whether it happened since `remember`. Redis 7.0 and older do not count it: there, a subscriber that is closed
    /// while the command connection stands was most likely too slow.
    func hasGrown() async -> Bool {
        guard let statistics = try? await statistics() else { return false }
        guard let count = Self.disconnections(in: statistics) else { return true }
        let before = known.withLock { $0 }
        return before.map { count > $0 } ?? (count > 0)
    }

    private func statistics() async throws(RedisError) -> String {
        let reply = try await commands.send(RedisCommand("INFO", "stats"), timeout: .seconds(1))
        return reply.errorText == nil ? reply.text ?? "" : ""
    }

    static func disconnections(in statistics: String) -> Int? {
        let name = "client_output_buffer_limit_disconnections:"
        let line = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.dropFirst(name.count)) }
    }
}
