internal import CeleryProtocol

/// Copies of the counters, in slices: each call takes some series and returns whether there are more.
extension ClusterStore {
    private static let slice = 1000

    func copyEventSeries(from next: inout Int, at now: Double, into metrics: inout ClusterMetrics) -> Bool {
        let end = min(next + ClusterStore.slice, eventSeries.count)
        var labels = LabelCache()
        while next < end {
            let entry = eventSeries.entries[next]
            next += 1
            if isHidden(entry.worker, at: now) { continue }
            metrics.events.append(
                ClusterMetrics.EventCount(
                    worker: labels.host(entry.worker, hosts), type: typeLabel(entry.type, &labels),
                    task: labels.name(entry.task, names), count: entry.value.count, created: entry.value.created))
        }
        return next < eventSeries.count
    }

    func copyWorkerTaskSeries(from next: inout Int, at now: Double, into metrics: inout ClusterMetrics) -> Bool {
        let end = min(next + ClusterStore.slice / 2, workerTaskSeries.count)
        var labels = LabelCache()
        while next < end {
            let entry = workerTaskSeries.entries[next]
            next += 1
            if isHidden(entry.worker, at: now) { continue }
            let worker = labels.host(entry.worker, hosts)
            let task = labels.name(entry.task, names)
            if let buckets = entry.value.buckets {
                let counts = UnsafeBufferPointer(start: buckets, count: limits.runtimeBounds.count + 1)
                metrics.runtimes.append(
                    ClusterMetrics.RuntimeHistogram(
                        worker: worker, task: task, buckets: Array(counts), sum: entry.value.sum,
                        created: entry.value.created))
            }
            if entry.value.hasPrefetch {
                metrics.prefetches.append(
                    ClusterMetrics.Prefetch(
                        worker: worker, task: task, seconds: entry.value.prefetchSeconds,
                        tasks: entry.value.prefetched))
            }
        }
        return next < workerTaskSeries.count
    }

    func copyEnteredSeries(from next: inout Int, into metrics: inout ClusterMetrics) -> Bool {
        let end = min(next + ClusterStore.slice / 2, enteredSeries.count)
        while next < end {
            let entry = enteredSeries.entries[next]
            next += 1
            let name = names.string(entry.task) ?? ""
            for state in 1..<StateCode.knownCount where entry.value.counts[state] > 0 {
                metrics.statesEntered.append(
                    ClusterMetrics.StateCount(
                        name: name, state: StateCode.knownNames[state], count: entry.value.counts[state]))
            }
        }
        return next < enteredSeries.count
    }

    /// Series of workers that are purged are not shown.
    private func isHidden(_ host: UInt32, at now: Double) -> Bool {
        guard limits.purgeOfflineWorkers != nil, host != 0 else { return false }
        let row = workers.find(host)
        return row >= 0 && isPurged(worker: row, at: now)
    }

    private func typeLabel(_ type: UInt32, _ labels: inout LabelCache) -> String {
        if type > ClusterStore.customTypeBase { return labels.type(type - ClusterStore.customTypeBase, types) }
        return EventKind(rawValue: UInt8(truncatingIfNeeded: type))?.typeName ?? "other"
    }

    func ingestStatus() -> IngestStatus {
        var status = IngestStatus()
        status.lastEventAt = lastEventAt
        status.lagSeconds = lagSeconds
        var custom: UInt64 = 0
        for (type, count) in customTypeCounts {
            status.eventsByType[types.string(type) ?? "other", default: 0] += count
            custom += count
        }
        var unnamed: UInt64 = 0
        for kind in EventKind.allCases where kindCounts[Int(kind.rawValue)] > 0 {
            if let name = kind.typeName {
                status.eventsByType[name] = kindCounts[Int(kind.rawValue)]
            } else {
                unnamed += kindCounts[Int(kind.rawValue)]
            }
        }
        if unnamed > custom { status.eventsByType["other", default: 0] += unnamed - custom }
        for (problem, count) in lost { status.lostByReason[problem.rawValue] = count }
        for (problem, sample) in samples { status.samples[problem.rawValue] = sample }
        status.duplicates = duplicates
        status.gaps = gaps
        status.gapsByReason = gapsByReason
        status.stateBytes = bytes
        status.tasks = tasks.count
        status.workers = workers.count
        status.evictions = evictions
        return status
    }
}

/// The texts of handles within one slice, made once each: most series share their labels.
struct LabelCache {
    private var hosts: [UInt32: String] = [:]
    private var names: [UInt32: String] = [:]
    private var types: [UInt32: String] = [:]

    mutating func host(_ handle: UInt32, _ interner: borrowing Interner) -> String {
        LabelCache.text(handle, &hosts, interner)
    }

    mutating func name(_ handle: UInt32, _ interner: borrowing Interner) -> String {
        LabelCache.text(handle, &names, interner)
    }

    mutating func type(_ handle: UInt32, _ interner: borrowing Interner) -> String {
        LabelCache.text(handle, &types, interner)
    }

    private static func text(
        _ handle: UInt32, _ cache: inout [UInt32: String], _ interner: borrowing Interner
    ) -> String {
        if let known = cache[handle] { return known }
        let text = interner.string(handle) ?? ""
        cache[handle] = text
        return text
    }
}
