import Synchronization

/// Bounds how many requests wait for results at the same time.
final class WaitLimit: Sendable {
    static let most = 512

    private let waiting = Mutex(0)

    /// One request's permission to wait; gone with its owner.
    final class Permit: Sendable {
        private let limit: WaitLimit

        fileprivate init(_ limit: WaitLimit) { self.limit = limit }

        deinit { limit.waiting.withLock { $0 -= 1 } }
    }

    func permit() throws(APIRefusal) -> Permit {
        let isFree = waiting.withLock { count in
            guard count < Self.most else { return false }
            count += 1
            return true
        }
        guard isFree else { throw APIRefusal(503, "\(Self.most) requests wait for results already") }
        return Permit(self)
    }
}
