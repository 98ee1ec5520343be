package import NIOCore

/// Takes what a subscription reads, on its event loop.
package protocol RedisMessageReceiver: AnyObject, Sendable {
    /// Called once per read of the socket. `body` calls its argument for every payload in order of arrival, each valid
    /// only during that call, and returns how many there were; there may be none.
    func receive(_ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int)
}

/// One connection that follows channel patterns.
package final class RedisSubscription: Sendable {
    private let open: OpenChannel<SubscriberHandler>

    private init(_ open: OpenChannel<SubscriberHandler>) { self.open = open }

    /// Connects, signs in and returns when the server has confirmed every pattern.
    ///
    /// - Parameters:
    ///   - patterns: glob patterns, at least one.
    ///   - maximumMessage: bytes that one incomplete message may have.
    package static func subscribe(
        to patterns: [String], at endpoint: RedisEndpoint, on group: any EventLoopGroup,
        receiver: any RedisMessageReceiver, timeout: TimeAmount = .seconds(4), maximumMessage: Int = 64 << 20
    ) async throws(RedisError) -> RedisSubscription {
        let connector = RedisConnector(endpoint: endpoint, connectTimeout: timeout)
        let place = endpoint.place
        let opening = [connector.authentication].compactMap(\.self)
        let open = try await connector.open(on: group.next(), receiveBuffer: 64 << 10) {
            SubscriberHandler(
                place: place, opening: opening, patterns: patterns, maximumMessage: maximumMessage, receiver: receiver)
        }
        let handler = open.handler
        let deadline = open.channel.eventLoop.scheduleTask(in: timeout) {
            handler.value.giveUpSubscribing()
        }
        defer { deadline.cancel() }
        do {
            try await open.channel.eventLoop.flatSubmit {
                handler.value.subscribed ?? open.channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }.get()
            return RedisSubscription(open)
        } catch {
            open.channel.close(promise: nil)
            throw RedisError(error, at: place)
        }
    }

    /// Ends the subscription.
    package func close() {
        let (handler, place) = (open.handler, open.place)
        open.channel.eventLoop.execute {
            handler.value.close(because: RedisError(.shutDown, "The subscription at Redis at \(place) was ended."))
        }
    }

    /// Waits until the subscription has ended and tells why; returns at once when the task is cancelled.
    package func closed() async -> RedisError { await open.closed() }
}
