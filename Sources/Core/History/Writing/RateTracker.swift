internal import ClusterState

/// Makes numbers by minute of counters that only grow.
struct RateTracker {
    private struct Key: Hashable {
        var name: String
        var state: String
    }

    /// When this run began, in unix seconds.
    private let run: Int64
    private var counters: [Key: UInt64] = [:]
    private var minute = -Double.infinity
    private var counts: [Key: UInt64] = [:]

    init(run: Int64) { self.run = run }

    /// What the present minute has come to, where it grew since the last look.
    mutating func look(at states: [ClusterMetrics.StateCount], now: Double) -> [TaskRate] {
        let start = (now / TaskRate.seconds).rounded(.down) * TaskRate.seconds
        if start != minute {
            minute = start
            counts.removeAll(keepingCapacity: true)
        }
        var rates: [TaskRate] = []
        for count in states {
            let key = Key(name: count.name, state: count.state)
            let before = counters[key] ?? 0
            guard count.count > before else { continue }
            counters[key] = count.count
            counts[key, default: 0] += count.count - before
            rates.append(
                TaskRate(start: start, name: key.name, state: key.state, count: counts[key] ?? 0, run: run))
        }
        return rates
    }
}

/// Depths of queues by minute.
struct QueueTracker {
    private var minute = -Double.infinity
    private var highest: [String: Int] = [:]
    private var last: [String: Int] = [:]

    /// `depths` is messages by queue.
    mutating func look(at depths: [String: Int], now: Double) -> [QueueDepthSample] {
        let start = (now / TaskRate.seconds).rounded(.down) * TaskRate.seconds
        if start != minute {
            minute = start
            highest.removeAll(keepingCapacity: true)
            last.removeAll(keepingCapacity: true)
        }
        var samples: [QueueDepthSample] = []
        for (queue, messages) in depths where last[queue] != messages {
            last[queue] = messages
            let top = max(highest[queue] ?? 0, messages)
            highest[queue] = top
            samples.append(QueueDepthSample(start: start, queue: queue, messages: messages, highest: top))
        }
        return samples
    }
}
