import NIOCore

/// The connections of one event loop to the core: kept alive and used again for ordinary requests, one of its own for
/// every live stream, both bounded. Confined to its event loop.
final class UpstreamPool {
    /// An exchange that waits for a connection; cancelled when it is not wanted any more.
    final class Waiter {
        weak var receiver: (any UpstreamReceiver)?
        let kind: UpstreamConnection.Kind

        init(_ receiver: any UpstreamReceiver, kind: UpstreamConnection.Kind) {
            self.receiver = receiver
            self.kind = kind
        }

        func cancel() { receiver = nil }
    }

    private let eventLoop: any EventLoop
    private let core: CoreConnector
    private let limits: GatewayLimits
    private let counters: GatewayCounters
    /// The most recently used last.
    private var idle: [UpstreamConnection] = []
    private var waiting = CircularBuffer<Waiter>()
    private var open = 0
    private var streams = 0
    private var isClosing = false

    init(
        eventLoop: any EventLoop, core: CoreConnector, limits: GatewayLimits,
        counters: GatewayCounters
    ) {
        self.eventLoop = eventLoop
        self.core = core
        self.limits = limits
        self.counters = counters
    }

    /// Hands a connection to `receiver`, at once when one is idle, else as soon as there is one. The waiter is for
    /// cancelling; nil when it is settled already.
    ///
    /// - Parameter fresh: do not use an idle connection: a request on one has just failed.
    func acquire(
        for receiver: any UpstreamReceiver, kind: UpstreamConnection.Kind, fresh: Bool
    ) -> Waiter? {
        if kind == .request, !fresh {
            while let connection = idle.popLast() {
                guard connection.isOpen else { continue }
                connection.begin(receiver)
                receiver.upstreamReady(connection)
                return nil
            }
        }
        let waiter = Waiter(receiver, kind: kind)
        switch kind {
        case .stream:
            guard streams < limits.coreStreams else {
                counters.hit(.streams)
                receiver.upstreamFailed(.overloaded)
                return nil
            }
            connect(for: waiter)
        case .request where open < limits.coreConnections:
            connect(for: waiter)
        case .request:
            guard waiting.count < limits.coreQueue else {
                counters.hit(.coreConnections)
                receiver.upstreamFailed(.overloaded)
                return nil
            }
            waiting.append(waiter)
        }
        return waiter
    }

    /// A connection after a clean exchange.
    func returned(_ connection: UpstreamConnection) {
        while let waiter = waiting.popFirst() {
            guard let receiver = waiter.receiver else { continue }
            connection.begin(receiver)
            receiver.upstreamReady(connection)
            return
        }
        if isClosing { return connection.close() }
        connection.idleSince = .now()
        idle.append(connection)
    }

    func closed(_ connection: UpstreamConnection) {
        idle.removeAll { $0 === connection }
        left(connection.kind)
        connectForWaiting()
    }

    /// Closes what was idle for too long.
    func tick(now: NIODeadline) {
        let oldest = now - .seconds(Int64(limits.coreKeepAliveTime))
        while let first = idle.first, first.idleSince < oldest {
            idle.removeFirst()
            first.close()
        }
    }

    func close() {
        isClosing = true
        let connections = idle
        idle = []
        for connection in connections { connection.close() }
    }

    private func left(_ kind: UpstreamConnection.Kind) {
        if kind == .stream { streams -= 1 } else { open -= 1 }
        counters.coreConnectionClosed()
    }

    private func connectForWaiting() {
        while open < limits.coreConnections, let waiter = waiting.popFirst() {
            if waiter.receiver != nil { connect(for: waiter) }
        }
    }

    private func connect(for waiter: Waiter) {
        if waiter.kind == .stream { streams += 1 } else { open += 1 }
        counters.coreConnectionOpened()
        let connection = UpstreamConnection(kind: waiter.kind, pool: self)
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        let connected = core.connect(on: eventLoop, timeout: .seconds(Int64(limits.coreConnectTime))) { channel in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(bound.value)
        }
        connected.assumeIsolated().whenComplete { result in
            self.settle(waiter, connection, result.map { _ in })
        }
    }

    private func settle(_ waiter: Waiter, _ connection: UpstreamConnection, _ result: Result<Void, any Error>) {
        switch result {
        case .success:
            guard let receiver = waiter.receiver else {
                if waiter.kind == .stream { connection.close() } else { returned(connection) }
                return
            }
            guard connection.isOpen else { return receiver.upstreamFailed(.unreachable) }
            connection.begin(receiver)
            receiver.upstreamReady(connection)
        case .failure:
            left(waiter.kind)
            waiter.receiver?.upstreamFailed(.unreachable)
            // Those who wait would only wait for the same failure.
            let others = waiting
            waiting = CircularBuffer()
            for other in others { other.receiver?.upstreamFailed(.unreachable) }
        }
    }
}
