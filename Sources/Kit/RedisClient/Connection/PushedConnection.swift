internal import NIOCore

/// What connections on which the server pushes have in common: commands without replies to wait for, a PING when it is
/// quiet, and an end with a reason. Belongs to the channel's event loop.
final class PushedConnection {
    private static let tick = TimeAmount.milliseconds(500)

    private let place: String
    private(set) var context: ChannelHandlerContext?
    private var ticker: RepeatedTask?
    private var keepAlive = KeepAlive()
    /// Why the connection ended or is about to.
    let ending = ConnectionEnding()

    init(place: String) { self.place = place }

    func added(_ context: ChannelHandlerContext) { self.context = context }

    func removed() { context = nil }

    /// Looks after the connection from now on; a quiet one is sent PING once `mayPing` allows it.
    func watch(mayPing: @escaping () -> Bool) {
        guard let loop = context?.eventLoop else { return }
        let loopBound = NIOLoopBound((self, mayPing), eventLoop: loop)
        ticker = loop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            let (connection, mayPing) = loopBound.value
            connection.ticked(mayPing: mayPing)
        }
    }

    func endWatch() {
        ticker?.cancel()
        ticker = nil
    }

    /// Bytes came.
    func heard() { keepAlive.heard() }

    func write(_ commands: [RedisCommand]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        guard commands.allSatisfy({ $0.write(to: &buffer) }) else {
            close(because: RedisError(.overloaded, "There is no memory for a command to Redis at \(place)."))
            return
        }
        context.writeAndFlush(NIOAny(buffer), promise: nil)
    }

    func close(because failure: RedisError) {
        ending.note(failure)
        context?.close(promise: nil)
    }

    private func ticked(mayPing: () -> Bool) {
        guard context?.channel.isActive == true else { return }
        switch keepAlive.tick() {
        case .none: break
        case .ping: if mayPing() { write([RedisCommand("PING")]) }
        case .giveUp: close(because: RedisError(.noAnswer, "Redis at \(place) does not answer any more."))
        }
    }
}
