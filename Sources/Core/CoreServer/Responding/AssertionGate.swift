import HTTPTypes
internal import Identity
internal import Logging
import Synchronization

/// Lets a request in only with a valid assertion of the gateway for this very method and path, and only as far as the
/// asserted role goes.
struct AssertionGate: Sendable {
    enum Decision: Sendable {
        case admitted(RequestAssertion)
        case unauthenticated
        case forbidden(RequestAssertion, Permission.Denial)
    }

    private static let field = HTTPField.Name(RequestAssertion.fieldName)

    private let keys: AssertionKeys
    private let now: @Sendable () -> Double
    private let complaints: Complaints

    init(keys: AssertionKeys, now: @escaping @Sendable () -> Double, logger: Logger) {
        self.keys = keys
        self.now = now
        complaints = Complaints(logger: logger)
    }

    /// `path` is the one that the request line carries, without its query.
    func decide(_ head: HTTPRequest, path: String) -> Decision {
        decide(method: head.method.rawValue, path: path, field: Self.field.flatMap { head.headerFields[$0] })
    }

    /// `field` is the value of `Calyx-Assertion`.
    func decide(method: String, path: String, field: String?) -> Decision {
        let time = now()
        do throws(AssertionError) {
            let assertion = try keys.verify(field, method: method, path: path, now: Int64(time.rounded(.down)))
            if let denial = Permission.denial(method: method, path: path, assertion.principal) {
                return .forbidden(assertion, denial)
            }
            return .admitted(assertion)
        } catch {
            complaints.note(error, at: time)
            return .unauthenticated
        }
    }

    /// Says at most once a minute that requests are refused, so that a wrong key or clock is seen and a flood is not.
    private final class Complaints: Sendable {
        private struct State {
            var refused: UInt64 = 0
            var lastSaid = -Double.infinity
        }

        private let logger: Logger
        private let state = Mutex(State())

        init(logger: Logger) { self.logger = logger }

        func note(_ error: AssertionError, at time: Double) {
            let refused: UInt64? = state.withLock { state in
                state.refused += 1
                guard time - state.lastSaid >= 60 else { return nil }
                state.lastSaid = time
                return state.refused
            }
            guard let refused else { return }
            logger.warning(
                "requests without a valid assertion are refused",
                metadata: ["reason": "\(error.rawValue)", "refused_since_start": "\(refused)"])
        }
    }
}
