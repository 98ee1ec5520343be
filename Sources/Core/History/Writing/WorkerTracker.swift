internal import CeleryProtocol
internal import ClusterState

/// Makes lifetimes of what is seen of workers from time to time.
struct WorkerTracker {
    private struct Seen {
        var life: WorkerLifetime
        var revision: UInt64
        var isAlive: Bool
    }

    private var seen: [String: Seen] = [:]

    /// The lives that began, went on or ended since the last look.
    mutating func look(at workers: [WorkerSnapshot]) -> [WorkerLifetime] {
        var changed: [WorkerLifetime] = []
        var present: [String: Seen] = [:]
        present.reserveCapacity(workers.count)
        for worker in workers {
            guard let beat = worker.lastHeartbeat else { continue }
            let known = seen[worker.hostname]
            if let known, known.revision == worker.revision {
                present[worker.hostname] = known
                continue
            }
            let pid = worker.pid ?? known?.life.pid ?? 0
            var life: WorkerLifetime
            // A first event of a task tells no process; the same life gets its number with the first heartbeat.
            if let known, known.life.pid == pid || known.life.pid == 0, known.isAlive || !worker.isAlive {
                life = known.life
                life.pid = pid
            } else {
                life = WorkerLifetime(
                    hostname: worker.hostname, pid: pid, firstSeen: worker.heartbeats.first ?? beat, lastSeen: beat)
            }
            life.lastSeen = max(life.lastSeen, beat)
            life.processed = worker.processed ?? life.processed
            if let identity = worker.softwareIdentity {
                life.software = worker.softwareVersion.map { "\(identity) \($0)" } ?? identity
            }
            present[worker.hostname] = Seen(life: life, revision: worker.revision, isAlive: worker.isAlive)
            if life.pid != 0 { changed.append(life) }
        }
        seen = present
        return changed
    }
}
