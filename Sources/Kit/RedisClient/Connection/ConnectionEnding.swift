import Synchronization

/// Why a connection ended, readable from any thread also when its event loop is gone.
final class ConnectionEnding: Sendable {
    private let first = Mutex<RedisError?>(nil)

    /// The first reason that was given.
    var failure: RedisError? { first.withLock { $0 } }

    /// Keeps `failure` if it is the first.
    func note(_ failure: RedisError) {
        first.withLock { if $0 == nil { $0 = failure } }
    }
}
