/// What a keeper of tasks beyond memory asks for.
extension Cluster {
    /// Tasks copied before others may have the state: about 150 µs.
    private static let changesPerSlice = 48

    /// From now on changed tasks are noted for `takeChanges(limit:)`. There is one taker.
    package func keepChanges() {
        lock.withLock { store.pointee.changed.start(capacity: store.pointee.tasks.capacity) }
    }

    /// At most `limit` tasks that changed since they were last taken, and a few megabytes of their texts, each task once with
    /// its newest state, and all steps.
    /// Tasks that are not taken wait, for as long as memory keeps them.
    package func takeChanges(limit: Int) -> TaskChanges {
        var taken = TaskChanges()
        lock.withLock {
            taken.steps = store.pointee.changed.steps
            store.pointee.changed.steps.removeAll(keepingCapacity: taken.steps.count < 1024)
        }
        var isMore = true
        while isMore, taken.tasks.count < limit, taken.bytes < TaskChanges.byteLimit {
            let room = min(Cluster.changesPerSlice, limit - taken.tasks.count)
            isMore = lock.withLock { store.pointee.takeChanges(limit: room, into: &taken) }
        }
        taken.isFull = isMore
        return taken
    }

    /// Those of `uuids` that are in memory.
    package func known(of uuids: [String]) -> Set<String> {
        var known: Set<String> = []
        var next = 0
        while next < uuids.count {
            let end = min(next + 256, uuids.count)
            lock.withLock {
                for uuid in uuids[next..<end] where store.pointee.row(of: uuid) >= 0 { known.insert(uuid) }
            }
            next = end
        }
        return known
    }
}
