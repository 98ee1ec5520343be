import NIOConcurrencyHelpers

/// Counts connections, in all and per client address, and says when one is too many.
final class ConnectionAdmission: Sendable {
    private struct Counts {
        var total = 0
        var byAddress: [IPAddress: Int] = [:]
    }

    private let limits: GatewayLimits
    private let counts = NIOLockedValueBox(Counts())

    init(limits: GatewayLimits) { self.limits = limits }

    /// The limit for which the connection must be closed at once; nil: `left` must follow when it ends.
    func admit(_ peer: Peer) -> Limit? {
        counts.withLockedValue { counts in
            guard counts.total < limits.connections else { return .connections }
            if let key = Self.key(peer) {
                let open = counts.byAddress[key, default: 0]
                guard open < limits.connectionsPerAddress else { return .connectionsPerAddress }
                counts.byAddress[key] = open + 1
            }
            counts.total += 1
            return nil
        }
    }

    func left(_ peer: Peer) {
        counts.withLockedValue { counts in
            counts.total -= 1
            guard let key = Self.key(peer), let open = counts.byAddress[key] else { return }
            counts.byAddress[key] = open > 1 ? open - 1 : nil
        }
    }

    /// A trusted proxy and a local peer stand for many clients.
    private static func key(_ peer: Peer) -> IPAddress? { peer.isLocalOrTrusted ? nil : peer.address?.limitKey }
}
