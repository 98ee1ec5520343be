package import NIOCore
import Synchronization

/// Follows single channels, which come and go, over one connection that is kept up.
package final class RedisChannels: Sendable {
    package enum Event: Sendable, Equatable {
        /// From now on every message comes; told again after each reconnect, when messages may have been missed.
        case subscribed
        case message([UInt8])
    }

    /// Called on the connection's event loop.
    package typealias Receiver = @Sendable (Event) -> Void

    private struct Shared {
        var receivers: [String: Receiver] = [:]
        var open: OpenChannel<ChannelHandler>?
    }

    private let endpoint: RedisEndpoint
    private let group: any EventLoopGroup
    private let onChange: @Sendable (RedisClient.State) -> Void
    private let maximumMessage: Int
    private let shared = Mutex(Shared())

    /// `onChange` is told every change of the connection's state, in order.
    package init(
        endpoint: RedisEndpoint, group: any EventLoopGroup, maximumMessage: Int = 64 << 20,
        onChange: @escaping @Sendable (RedisClient.State) -> Void = { _ in }
    ) {
        self.endpoint = endpoint
        self.group = group
        self.maximumMessage = maximumMessage
        self.onChange = onChange
    }

    package var isConnected: Bool { shared.withLock { $0.open != nil } }

    /// Brings what is published on `channel` to `receiver`, until `unfollow`; one receiver for each channel.
    package func follow(_ channel: String, _ receiver: @escaping Receiver) {
        let open = shared.withLock { shared in
            shared.receivers[channel] = receiver
            return shared.open
        }
        if let open { write(RedisCommand("SUBSCRIBE", channel), to: open) }
    }

    package func unfollow(_ channel: String) {
        let open = shared.withLock { $0.receivers.removeValue(forKey: channel) == nil ? nil : $0.open }
        if let open { write(RedisCommand("UNSUBSCRIBE", channel), to: open) }
    }

    /// Keeps the connection until the task is cancelled, and ends it then.
    package func run() async {
        var policy = ReconnectPolicy()
        while !Task.isCancelled {
            onChange(.connecting)
            var stood: Double?
            let failure: RedisError
            do throws(RedisError) {
                let open = try await connect()
                let start = ContinuousClock.now
                let channels = shared.withLock { shared in
                    shared.open = open
                    return Array(shared.receivers.keys)
                }
                onChange(.connected)
                if !channels.isEmpty { write(RedisCommand(["SUBSCRIBE"] + channels), to: open) }
                failure = await open.closed()
                shared.withLock { $0.open = nil }
                open.channel.close(promise: nil)
                if Task.isCancelled { return }
                stood = (ContinuousClock.now - start) / .seconds(1)
            } catch {
                failure = error
            }
            let pause = policy.pause(afterStanding: stood, random: .random(in: 0..<1))
            onChange(.down(failure, retryIn: pause))
            try? await Task.sleep(for: .seconds(pause))
        }
    }

    private func connect(timeout: TimeAmount = .seconds(4)) async throws(RedisError) -> OpenChannel<ChannelHandler> {
        let connector = RedisConnector(endpoint: endpoint, connectTimeout: timeout)
        let eventLoop = group.next()
        let opening = [connector.authentication].compactMap(\.self)
        let open = try await connector.open(on: eventLoop, receiveBuffer: 16 << 10) { [maximumMessage] in
            ChannelHandler(
                place: connector.endpoint.place, opening: opening, maximumMessage: maximumMessage,
                opened: eventLoop.makePromise()
            ) { [weak self] channel, event in
                self?.shared.withLock { $0.receivers[channel] }?(event)
            }
        }
        let handler = open.handler
        let deadline = eventLoop.scheduleTask(in: timeout) {
            handler.value.close(
                because: RedisError(.noAnswer, "Redis at \(connector.endpoint.place) did not answer in time."))
        }
        defer { deadline.cancel() }
        do {
            try await eventLoop.flatSubmit { handler.value.isOpened }.get()
            return open
        } catch {
            open.channel.close(promise: nil)
            throw RedisError(error, at: open.place)
        }
    }

    private func write(_ command: RedisCommand, to open: OpenChannel<ChannelHandler>) {
        let handler = open.handler
        open.channel.eventLoop.execute { handler.value.write([command]) }
    }
}
