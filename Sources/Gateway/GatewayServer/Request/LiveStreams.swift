import Identity
import NIOConcurrencyHelpers

/// Counts the open live streams of each principal.
final class LiveStreams: Sendable {
    struct Key: Hashable, Sendable {
        let provider: String
        let subject: String

        init(_ principal: Principal) {
            provider = principal.provider
            subject = principal.subject
        }
    }

    private let limit: Int
    private let open = NIOLockedValueBox<[Key: Int]>([:])

    init(limit: Int) { self.limit = limit }

    func admit(_ key: Key) -> Bool {
        open.withLockedValue { open in
            let count = open[key, default: 0]
            guard count < limit else { return false }
            open[key] = count + 1
            return true
        }
    }

    func left(_ key: Key) {
        open.withLockedValue { open in
            guard let count = open[key] else { return }
            open[key] = count > 1 ? count - 1 : nil
        }
    }
}
