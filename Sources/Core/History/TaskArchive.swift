package import ClusterState

/// Memory and history as one, as one person may see them. A task that is in both is given once, as memory knows it.
///
/// The hot way asks memory only: tasks newer than both the newest evicted one and the newest stored before the start can
/// be nowhere else. Everything older is asked of both and merged.
package struct TaskArchive: Sendable {
    package struct Page: Sendable {
        package var tasks: [TaskSnapshot] = []
        /// Where to go on; nil at the end.
        package var next: TaskPosition?
        /// Why `tasks` are those in memory only: history is on and does not answer.
        package var problem: String?
    }

    private let cluster: ClusterView
    private let history: any TaskHistory

    /// Pages that end further from their start than this are of memory only.
    package static let reach = 10_000
    /// Rows of history that are asked for at least: some are in memory, too.
    private static let leastRows = 64
    private static let rounds = 6
    private static let patience = Duration.seconds(2)

    package init(cluster: ClusterView, history: any TaskHistory) {
        self.cluster = cluster
        self.history = history
    }

    /// Tasks in the default order; `limit` nil is all of memory.
    package func tasks(_ query: TaskQuery) async -> Page {
        let found = cluster.tasks(query).tasks
        guard let limit = query.limit else { return Page(tasks: found) }
        guard limit > 0 else { return Page() }
        let hot = Page(tasks: found, next: found.count == limit ? found.last?.position : nil)
        // Asked after memory: what was evicted before memory answered is accounted for.
        let status = history.status
        let elsewhere = newestElsewhere(status)
        if elsewhere == -.infinity { return hot }
        if found.count == limit, let last = found.last?.timestamp, last > elsewhere { return hot }
        let (end, overflow) = query.offset.addingReportingOverflow(limit)
        guard status.isOn, !overflow, end <= Self.reach else { return hot }
        var whole = query
        whole.offset = 0
        whole.limit = end
        let memory = query.offset == 0 ? found : cluster.tasks(whole).tasks
        do throws(HistoryError) {
            var page = try await merged(memory, whole, wanted: end)
            page.tasks.removeFirst(min(query.offset, page.tasks.count))
            return page
        } catch {
            var page = hot
            page.problem = error.message
            return page
        }
    }

    /// Tasks that are in history only, the newest first, behind `query.after`; `offset` and the order do not count.
    package func older(_ query: TaskQuery, limit: Int) async -> Page {
        guard history.status.isOn, limit > 0 else { return Page() }
        do throws(HistoryError) {
            return try await merged([], query, wanted: min(limit, Self.reach))
        } catch {
            return Page(problem: error.message)
        }
    }

    /// One task with what is stored of it, when memory has not seen it from its beginning.
    package func task(_ uuid: String) async -> (task: TaskSnapshot?, problem: String?) {
        let seen = cluster.task(uuid)
        guard history.status.isOn, seen?.name == nil else { return (seen, nil) }
        do throws(HistoryError) {
            guard let stored = try await history.task(uuid), var task = cluster.limited(stored.task) else {
                return (cluster.task(uuid), nil)
            }
            if cluster.scope == nil { task.children = try await history.children(of: uuid, limit: 1000) }
            // It may have changed, or have come, meanwhile.
            guard let newest = cluster.task(uuid) else { return (task, nil) }
            return (newest.completed(by: task), nil)
        } catch {
            return (seen, error.message)
        }
    }

    private func newestElsewhere(_ status: HistoryStatus) -> Double {
        status.isOn ? max(cluster.newestEvicted, status.newestAtOpening) : -.infinity
    }

    /// `memory` and what history has besides, down to the `wanted`th or to where history was looked at.
    private func merged(_ memory: [TaskSnapshot], _ query: TaskQuery, wanted: Int) async throws(HistoryError) -> Page {
        let newest = newestElsewhere(history.status)
        var question = cluster.limited(query)
        question.offset = 0
        question.limit = max(wanted, Self.leastRows)
        let start = TaskPosition(timestamp: newest, uuid: "\u{10FFFF}")
        if newest < .infinity, question.after.map({ $0.precedes(start) }) ?? true { question.after = start }
        var tasks = Dictionary(memory.map { ($0.uuid, $0) }, uniquingKeysWith: { first, _ in first })
        var bound: TaskPosition?
        let deadline = ContinuousClock.now + Self.patience
        for round in 0..<Self.rounds {
            let page = try await history.tasks(question)
            let known = cluster.known(of: page.tasks.map(\.uuid))
            for stored in page.tasks {
                if let seen = tasks[stored.uuid] {
                    // Memory began in the middle of it.
                    if seen.name == nil { tasks[stored.uuid] = seen.completed(by: stored) }
                } else if !known.contains(stored.uuid), let visible = cluster.limited(stored) {
                    tasks[stored.uuid] = visible
                }
            }
            bound = page.next
            guard let next = page.next else { break }
            let count = tasks.values.count { !next.precedes($0.position) }
            if count >= wanted || round == Self.rounds - 1 || ContinuousClock.now >= deadline { break }
            question.after = next
        }
        var found = tasks.values.sorted { $0.position.precedes($1.position) }
        // Below where history was looked at something may be missing.
        if let bound { found.removeAll { bound.precedes($0.position) } }
        if found.count >= wanted { return Page(tasks: Array(found.prefix(wanted)), next: found[wanted - 1].position) }
        return Page(tasks: found, next: bound)
    }
}

extension TaskSnapshot {
    /// Where it stands in the default order.
    package var position: TaskPosition { TaskPosition(timestamp: timestamp ?? -.infinity, uuid: uuid) }

    /// What memory knows (`self`) and, where it knows nothing, what is stored.
    package func completed(by stored: TaskSnapshot) -> TaskSnapshot {
        var whole = stored.merged(with: self)
        whole.children = children + stored.children.filter { !children.contains($0) }
        return whole
    }
}
