internal import CeleryProtocol
package import Identity
internal import ServiceLifecycle

/// A broker as a person with a scope may see it: queues of the scope, and of workers which of its tasks they have
/// registered.
package struct ScopedBroker: Broker {
    private let broker: any Broker
    private let scope: Scope

    package init(_ broker: any Broker, scope: Scope) {
        self.broker = broker
        self.scope = scope
    }

    package var status: BrokerStatus { broker.status }
    package var commandCounts: CommandCounts { broker.commandCounts }

    /// Unacknowledged messages are counted for all queues together: not known here.
    package func queueSample() -> QueueSample {
        var sample = broker.queueSample()
        sample.queues = sample.queues.filter { scope.includes(queue: $0.name) }
        sample.unacknowledged = nil
        return sample
    }

    package func inspections() -> [String: WorkerInspection] {
        broker.inspections().mapValues { inspection in
            var limited = WorkerInspection(timestamp: inspection.timestamp)
            if case .array(let registered)? = inspection.registered {
                limited.registered = .array(
                    registered.filter { entry in
                        guard case .string(let text) = entry else { return false }
                        // `name [rate_limit=10/m …]`
                        let name = text.firstRange(of: " [").map { String(text[..<$0.lowerBound]) } ?? text
                        return scope.includes(taskName: name)
                    })
            }
            return limited
        }
    }

    package func refreshInspections(worker: String?) async throws {
        try await broker.refreshInspections(worker: worker)
    }

    package func run() async throws { try await broker.run() }
}
