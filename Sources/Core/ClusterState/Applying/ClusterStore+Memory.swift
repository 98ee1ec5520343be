extension ClusterStore {
    /// A smaller budget is reached step by step, so that nobody waits for long; each is far more than an event brings.
    private static let evictionsPerEvent = 1024

    /// Bytes of everything whose size depends on what comes in.
    var bytes: Int { fixedBytes + arena.capacity }

    private var fixedBytes: Int {
        let interned =
            hosts.bytes + names.bytes + routes.bytes + types.bytes + states.bytes + ids.bytes + software.bytes
            + texts.bytes
        let series =
            eventSeries.bytes + enteredSeries.bytes + workerTaskSeries.bytes
            + workerTaskSeries.count * (limits.runtimeBounds.count + 1) * 8
        return tasks.bytes + interned + series + workers.bytes
    }

    /// Leaves room for what the rest of the process takes. At least an eighth of the limit stays for the state: a task
    /// that just came has to be shown.
    mutating func settle(overhead: Int) {
        guard let process = limits.process else { return }
        budget = min(limits.memory, max(process - overhead - process / 64, process / 8))
    }

    /// What the arena may take beyond its texts before holes are closed: spare slabs and the one being filled.
    private var slack: Int { min(4 * TextArena.slabBytes, budget / 8) }

    /// Evicts until the state fits its budget, and closes holes in the texts. The task `row` stays.
    mutating func makeRoom(sparing row: Int32) {
        var left = ClusterStore.evictionsPerEvent
        while left > 0, tasks.count > 1, fixedBytes + arena.live + arena.live / 4 + slack > budget {
            let candidate = tasks.evictionCandidate
            guard candidate >= 0, candidate != row else { break }
            evict(candidate)
            left -= 1
        }
        if arena.isFragmented(slack: slack) { compact() }
    }

    private mutating func compact() {
        let rows = tasks.rows
        arena.compactOne { owner, reference in
            if owner & 1 == 0 {
                rows[Int(owner >> 1)].request = reference
            } else {
                rows[Int(owner >> 1)].outcome = reference
            }
        }
    }

    mutating func evictOne() {
        let candidate = tasks.evictionCandidate
        if candidate >= 0 { evict(candidate) }
    }

    private mutating func evict(_ row: Int32) {
        let at = Int(row)
        let task = tasks.rows[at]
        keepBeforeEviction(at)
        newestEvicted = max(newestEvicted, tasks.timestamps[at])
        unprefetch(at, worker: task.worker, name: task.name)
        leave(task.state)
        let origin = tasks.origin(of: row)
        let root = tasks.root(of: row)
        free(task.request)
        free(task.outcome)
        hosts.release(task.worker)
        hosts.release(origin.client)
        names.release(task.name)
        routes.release(origin.route)
        tasks.remove(row)
        releaseID(task.id)
        releaseID(root)
        releaseID(origin.parent)
        evictions += 1
        revision += 1
    }
}
