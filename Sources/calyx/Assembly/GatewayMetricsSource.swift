import Synchronization

/// The gateway's metrics for the admin listener of the core that runs in the same process: there is one such listener.
final class GatewayMetricsSource: Sendable {
    private let source = Mutex<(@Sendable () -> [UInt8])?>(nil)

    func set(_ metrics: @escaping @Sendable () -> [UInt8]) { source.withLock { $0 = metrics } }

    /// Empty until the gateway is there.
    func text() -> [UInt8] { source.withLock { $0 }?() ?? [] }
}
