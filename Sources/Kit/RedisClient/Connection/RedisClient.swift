package import NIOCore
import Synchronization

/// A command connection that is kept up: connects, waits for its end, tries again with growing pauses.
package final class RedisClient: Sendable {
    /// How the connection stands.
    package enum State: Sendable, Equatable {
        case connecting
        case connected
        /// `retryIn` is seconds.
        case down(RedisError, retryIn: Double)
    }

    private struct Shared {
        var connection: RedisConnection?
        var failure: RedisError
    }

    package let endpoint: RedisEndpoint
    private let group: any EventLoopGroup
    private let onChange: @Sendable (State) -> Void
    private let shared: Mutex<Shared>

    /// `onChange` is told every change of the state, in order.
    package init(
        endpoint: RedisEndpoint, group: any EventLoopGroup, onChange: @escaping @Sendable (State) -> Void = { _ in }
    ) {
        self.endpoint = endpoint
        self.group = group
        self.onChange = onChange
        shared = Mutex(
            Shared(failure: RedisError(.notConnected, "Redis at \(endpoint.place) is not connected yet.")))
    }

    /// Keeps the connection until the task is cancelled; it stays up then until `close()`.
    package func run() async {
        var policy = ReconnectPolicy()
        while !Task.isCancelled {
            onChange(.connecting)
            var stood: Double?
            let failure: RedisError
            do {
                let connection = try await RedisConnection.connect(to: endpoint, on: group)
                let start = ContinuousClock.now
                shared.withLock { $0.connection = connection }
                onChange(.connected)
                failure = await connection.closed()
                if Task.isCancelled { return }
                shared.withLock { $0.connection = nil }
                stood = (ContinuousClock.now - start) / .seconds(1)
            } catch {
                failure = error
            }
            shared.withLock { $0.failure = failure }
            let pause = policy.pause(afterStanding: stood, random: .random(in: 0..<1))
            onChange(.down(failure, retryIn: pause))
            try? await Task.sleep(for: .seconds(pause))
        }
    }

    package func send(
        _ command: RedisCommand, timeout: TimeAmount = .milliseconds(3500)
    ) async throws(RedisError) -> RedisReply {
        try await send([command], timeout: timeout).first ?? .null
    }

    /// Fails at once while there is no connection, with the reason why.
    package func send(
        _ commands: [RedisCommand], timeout: TimeAmount = .milliseconds(3500)
    ) async throws(RedisError) -> [RedisReply] {
        let (connection, failure) = shared.withLock { ($0.connection, $0.failure) }
        guard let connection else { throw failure }
        return try await connection.send(commands, timeout: timeout)
    }

    package var isConnected: Bool { shared.withLock { $0.connection != nil } }

    /// Ends the connection, after `run()` has returned.
    package func close() {
        shared.withLock { $0.connection.take() }?.close()
    }
}
