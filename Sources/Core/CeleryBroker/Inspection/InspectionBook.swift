internal import CeleryProtocol

/// What workers answered, by hostname, bounded in workers and in bytes: the dead and the oldest go first. Pure.
struct InspectionBook {
    private let maximumWorkers: Int
    private let maximumBytes: Int
    /// Seconds that a dead worker's answers are kept.
    private let retention: Double
    private(set) var inspections: [String: WorkerInspection] = [:]
    private var deadSince: [String: Double] = [:]
    private var sizes: [String: Int] = [:]
    /// Bytes that the answers take in memory, about.
    private(set) var bytes = 0
    /// Answers that were given up because of the bounds.
    private(set) var forgotten: UInt64 = 0

    init(maximumWorkers: Int, maximumBytes: Int = 64 << 20, retention: Double) {
        self.maximumWorkers = maximumWorkers
        self.maximumBytes = maximumBytes
        self.retention = retention
    }

    mutating func take(_ reply: ControlOutcome.Reply, to method: InspectMethod, at time: Double) {
        var inspection = inspections[reply.worker] ?? WorkerInspection(timestamp: time)
        guard method.store(reply.value, in: &inspection) else { return }
        inspection.timestamp = time
        forget(reply.worker)
        let size = inspection.bytes
        if inspections.count >= maximumWorkers || bytes + size > maximumBytes { makeRoom(for: size) }
        inspections[reply.worker] = inspection
        sizes[reply.worker] = size
        bytes += size
    }

    private mutating func forget(_ worker: String) {
        inspections[worker] = nil
        bytes -= sizes.removeValue(forKey: worker) ?? 0
    }

    /// Forgets workers that have been dead for long enough.
    mutating func prune(alive: Set<String>, now: Double) {
        for worker in inspections.keys where !alive.contains(worker) {
            let since = deadSince[worker] ?? now
            deadSince[worker] = since
            if now - since > retention { forget(worker) }
        }
        deadSince = deadSince.filter { inspections[$0.key] != nil && !alive.contains($0.key) }
    }

    /// Worker names by the queue they consume, sorted.
    func consumers(alive: Set<String>) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for (worker, inspection) in inspections where alive.contains(worker) {
            for queue in Self.queueNames(in: inspection.activeQueues) { result[queue, default: []].append(worker) }
        }
        return result.mapValues { $0.sorted() }
    }

    /// Queues that any worker, alive or not, said to consume.
    var queueNames: Set<String> {
        Set(inspections.values.flatMap { Self.queueNames(in: $0.activeQueues) })
    }

    /// What the workers told of the queues they consume.
    var declaredQueues: Set<DeclaredQueue> {
        var result: Set<DeclaredQueue> = []
        for inspection in inspections.values {
            guard case .array(let queues)? = inspection.activeQueues else { continue }
            for queue in queues {
                guard case .string(let name)? = queue["name"], case .string(let exchange)? = queue["exchange"]?["name"],
                    case .string(let type)? = queue["exchange"]?["type"]
                else { continue }
                var alias: String?
                if case .string(let text)? = queue["alias"] { alias = text }
                var routingKey = ""
                if case .string(let text)? = queue["routing_key"] { routingKey = text }
                result.insert(
                    DeclaredQueue(
                        name: name, alias: alias, exchange: exchange, exchangeType: type, routingKey: routingKey))
            }
        }
        return result
    }

    private static func queueNames(in activeQueues: JSONValue?) -> [String] {
        guard case .array(let queues)? = activeQueues else { return [] }
        return queues.compactMap { queue in
            guard case .string(let name)? = queue["name"] else { return nil }
            return name
        }
    }

    /// Forgets the dead, then the oldest, a sixteenth more than is needed: a thousand answers that come at once would else
    /// put all others in order a thousand times.
    private mutating func makeRoom(for size: Int) {
        let order = inspections.map { (worker: $0.key, isDead: deadSince[$0.key] != nil, time: $0.value.timestamp) }
            .sorted { $0.isDead == $1.isDead ? $0.time < $1.time : $0.isDead }
        for (worker, _, _) in order {
            guard
                inspections.count >= maximumWorkers - maximumWorkers / 16
                    || bytes + size > maximumBytes - maximumBytes / 16
            else { return }
            forget(worker)
            forgotten += 1
        }
    }
}
