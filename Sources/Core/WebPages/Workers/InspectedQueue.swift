internal import CeleryBroker
import CeleryProtocol

/// A queue that a worker said it consumes (`active_queues`).
enum InspectedQueue {
    static func names(_ inspection: WorkerInspection) -> [String] {
        guard case .array(let queues)? = inspection.activeQueues else { return [] }
        return queues.compactMap { queue in
            guard case .string(let name)? = queue["name"] else { return nil }
            return name
        }
    }
}
