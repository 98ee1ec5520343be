package import CeleryProtocol
package import ClusterState

/// Where the writer takes from what happens.
package struct HistorySource: Sendable {
    package var takeChanges: @Sendable (_ limit: Int) -> TaskChanges
    package var workers: @Sendable () -> [WorkerSnapshot]
    package var statesEntered: @Sendable () -> [ClusterMetrics.StateCount]
    package var gaps: @Sendable () -> [EventGap]
    /// Messages by queue.
    package var queueDepths: @Sendable () -> [String: Int]

    package init(
        takeChanges: @escaping @Sendable (_ limit: Int) -> TaskChanges,
        workers: @escaping @Sendable () -> [WorkerSnapshot] = { [] },
        statesEntered: @escaping @Sendable () -> [ClusterMetrics.StateCount] = { [] },
        gaps: @escaping @Sendable () -> [EventGap] = { [] },
        queueDepths: @escaping @Sendable () -> [String: Int] = { [:] }
    ) {
        self.takeChanges = takeChanges
        self.workers = workers
        self.statesEntered = statesEntered
        self.gaps = gaps
        self.queueDepths = queueDepths
    }

    /// From now on `cluster` notes what changes.
    package init(cluster: Cluster, queueDepths: @escaping @Sendable () -> [String: Int]) {
        cluster.keepChanges()
        let thread = SourceThread()
        self.init(
            takeChanges: { limit in thread.run { cluster.takeChanges(limit: limit, isPatient: true) } },
            workers: { thread.run { cluster.workers(includingPurged: true) } },
            statesEntered: { thread.run { cluster.metrics().statesEntered } },
            gaps: { thread.run { cluster.ingestStatus().gaps } },
            queueDepths: { thread.run(queueDepths) })
    }
}
