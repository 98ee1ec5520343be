import Glibc

/// What a keeper of tasks beyond memory asks for.
extension Cluster {
    /// Tasks copied before others may have the state: about 150 µs.
    private static let changesPerSlice = 48
    /// Microseconds between two slices while ingest is busy: it then gets all but a hundredth of the time, and about a
    /// twentieth less when half of what memory holds waits.
    private static let busyPause: UInt32 = 10_000
    private static let pressingPause: UInt32 = 3000
    /// Seconds that patient taking may take.
    private static let longestTaking = 0.2

    /// From now on changed tasks are noted for `takeChanges(limit:)`. There is one taker.
    package func keepChanges() {
        lock.withLock { store.pointee.changed.start(capacity: store.pointee.tasks.capacity) }
    }

    /// At most `limit` tasks that changed since they were last taken, and a few megabytes of their texts, each task once with
    /// its newest state, and all steps.
    /// Tasks that are not taken wait, for as long as memory keeps them. `isPatient`: while ingest is busy they are taken
    /// slowly, since memory is the cheapest place to wait in; blocks for up to a quarter of a second then.
    package func takeChanges(limit: Int, isPatient: Bool = false) -> TaskChanges {
        var taken = TaskChanges()
        let deadline = ResidentMemory.monotonic() + Cluster.longestTaking
        lock.withLock {
            taken.steps = store.pointee.changed.steps
            store.pointee.changed.steps.removeAll(keepingCapacity: taken.steps.count < 1024)
        }
        var isMore = true
        while isMore, taken.tasks.count < limit, taken.bytes < TaskChanges.byteLimit {
            let room = min(Cluster.changesPerSlice, limit - taken.tasks.count)
            isMore = lock.withLock { store.pointee.takeChanges(limit: room, into: &taken) }
            guard isPatient, isMore, isBusy else { continue }
            if ResidentMemory.monotonic() > deadline { break }
            let isPressing = taken.waiting > store.pointee.tasks.capacity / 2
            usleep(isPressing ? Cluster.pressingPause : Cluster.busyPause)
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
