import Logging
import RedisClient
import Synchronization

/// Says in the log, once each, that the sessions' Redis is away and that it is back.
final class RedisHealth: Sendable {
    private let isDown = Mutex(false)
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func changed(to state: RedisClient.State) {
        switch state {
        case .connecting: break
        case .connected:
            if isDown.withLock({ $0.take() }) { logger.info("The sessions' Redis can be reached again") }
        case .down(let error, _):
            guard !isDown.withLock({ $0.replace() }) else { return }
            logger.error(
                "The sessions' Redis cannot be reached: nobody is let in by a session until it can",
                metadata: ["error": "\(error.message)"])
        }
    }
}

extension Bool {
    fileprivate mutating func take() -> Bool {
        defer { self = false }
        return self
    }

    fileprivate mutating func replace() -> Bool {
        defer { self = true }
        return self
    }
}
