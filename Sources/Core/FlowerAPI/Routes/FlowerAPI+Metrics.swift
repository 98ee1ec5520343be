internal import CeleryBroker
internal import CeleryProtocol
internal import ClusterState
internal import History
import MetricsText

extension FlowerAPI {
    /// `GET /metrics`: Flower's six families, the process, the tasks by state, and what only Calyx counts.
    package func metrics() -> APIResponse {
        var writer = MetricsWriter(seriesLimit: options.seriesLimit)
        writer.process(ProcessStatistics.now())
        let workers = cluster.workers()
        writer.calyx(cluster.ingestStatus())
        writer.history(history.status)
        writer.commands(broker.commandCounts)
        writer.inspections(broker.inspectionUse)
        writer.queues(broker.queueSample())
        writer.workers(workers)
        writer.tasks(cluster.metrics())
        // Beside the limit, so that it is said when the limit is reached.
        var summary = MetricsWriter()
        summary.family("calyx_series", .gauge, "Series in this answer, and left out because of the series limit")
        summary.sample([("shown", "true")], UInt64(writer.series))
        summary.sample([("shown", "false")], UInt64(writer.omittedSeries))
        return APIResponse(status: 200, contentType: MetricsWriter.contentType, body: writer.bytes + summary.bytes)
    }
}

extension MetricsWriter {
    fileprivate mutating func process(_ process: ProcessStatistics) {
        func gauge(_ name: String, _ help: String, _ value: Double?, kind: Kind = .gauge) {
            guard let value else { return }
            family(name, kind, help)
            sample([], value)
        }
        gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", process.virtualMemory)
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.", process.residentMemory)
        gauge(
            "process_start_time_seconds", "Start time of the process since unix epoch in seconds.", process.startTime)
        gauge(
            "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", process.processorTime,
            kind: .counter)
        gauge("process_open_fds", "Number of open file descriptors.", process.openDescriptors)
        gauge("process_max_fds", "Maximum number of open file descriptors.", process.maximumDescriptors)
    }

    fileprivate mutating func inspections(_ use: InspectionUse) {
        family("calyx_inspection_bytes", .gauge, "Bytes that the answers of workers to inspection take, about")
        sample([], Double(use.bytes))
        family("calyx_inspections_forgotten_total", .counter, "Answers of workers given up because there were too many")
        sample([], use.forgotten)
    }

    fileprivate mutating func calyx(_ ingest: IngestStatus) {
        family("calyx_ingest_events_total", .counter, "Events applied")
        for (type, count) in ingest.eventsByType.sorted(by: { $0.key < $1.key }) { sample([("type", type)], count) }
        family("calyx_ingest_lost_total", .counter, "Events or fields of events that could not be used")
        for (reason, count) in ingest.lostByReason.sorted(by: { $0.key < $1.key }) {
            sample([("reason", reason)], count)
        }
        family("calyx_ingest_lag_seconds", .gauge, "Seconds from an event's own time to its being applied")
        sample([], ingest.lagSeconds)
        family("calyx_gaps_total", .counter, "Stretches of time in which events may have been missed")
        for reason in EventGap.Reason.allCases {
            sample([("reason", reason.rawValue)], ingest.gapsByReason[reason, default: 0])
        }
        family("calyx_state_bytes", .gauge, "Bytes that the cluster's state takes")
        sample([], Double(ingest.stateBytes))
        family("calyx_state_long_holds_total", .counter, "Times that events or an answer held the state over 1 ms")
        sample([], ingest.longHolds)
        family("calyx_state_longest_hold_seconds", .gauge, "The longest hold of the state since the start")
        sample([], ingest.longestHold)
        family("calyx_state_tasks", .gauge, "Tasks in memory")
        sample([], UInt64(ingest.tasks))
        family("calyx_state_workers", .gauge, "Workers in memory, offline ones included")
        sample([], UInt64(ingest.workers))
        family("calyx_state_evictions_total", .counter, "Tasks and workers dropped to stay within the limits")
        sample([], ingest.evictions)
    }

    fileprivate mutating func history(_ status: HistoryStatus) {
        guard status.isOn else { return }
        family("calyx_history_up", .gauge, "Whether tasks are being written to history")
        sample([], status.problem == nil ? 1.0 : 0.0)
        family("calyx_history_tasks", .gauge, "Tasks in history")
        sample([], UInt64(status.tasks))
        family("calyx_history_bytes", .gauge, "Bytes that history takes")
        sample([], UInt64(status.bytes))
        family("calyx_history_waiting_tasks", .gauge, "Changed tasks that are not written yet")
        sample([], UInt64(status.waiting))
        family("calyx_history_unindexed_tasks", .gauge, "Stored tasks that are not in the index of texts yet")
        sample([], UInt64(status.unindexed))
        family("calyx_history_tasks_written_total", .counter, "Task rows written to history")
        sample([], status.tasksWritten)
        family("calyx_history_failures_total", .counter, "Attempts to write history that failed")
        sample([], status.failures)
        family("calyx_history_spilled_total", .counter, "Changes that memory could not keep until they were written")
        sample([], status.spilled)
    }

    fileprivate mutating func commands(_ counts: CommandCounts) {
        family("calyx_commands_total", .counter, "Commands to workers by what became of them")
        sample([("outcome", "sent")], counts.sent)
        sample([("outcome", "refused")], counts.refused)
        family("calyx_commands_delayed_total", .counter, "Commands that had to wait for their turn")
        sample([], counts.delayed)
        family("calyx_command_replies_total", .counter, "Replies of workers by whether somebody still waited")
        sample([("awaited", "true")], counts.replies)
        sample([("awaited", "false")], counts.unmatchedReplies)
    }

    fileprivate mutating func queues(_ queues: QueueSample) {
        guard queues.takenAt != nil else { return }
        family("calyx_queue_depth", .gauge, "Messages waiting in a queue")
        for queue in queues.queues { sample([("queue", queue.name)], Double(queue.messages)) }
        family("calyx_queue_consumers", .gauge, "Workers that consume a queue")
        for queue in queues.queues { sample([("queue", queue.name)], Double(queue.consumers.count)) }
    }

    fileprivate mutating func workers(_ workers: [WorkerSnapshot]) {
        family("celery_workers", .gauge, "Number of workers online")
        sample([], UInt64(workers.count(where: \.isAlive)))
        family("flower_worker_online", .gauge, "Worker online status")
        for worker in workers { sample([("worker", worker.hostname)], worker.isAlive ? 1.0 : 0.0) }
        family(
            "flower_worker_number_of_currently_executing_tasks", .gauge,
            "Number of tasks currently executing at a worker")
        for worker in workers {
            if let active = worker.active { sample([("worker", worker.hostname)], Double(active)) }
        }
    }

    fileprivate mutating func tasks(_ metrics: ClusterMetrics) {
        family("celery_tasks_total", .counter, "Total number of tasks that entered a state")
        for count in metrics.statesEntered { sample([("name", count.name), ("state", count.state)], count.count) }
        family("flower_events_total", .counter, "Number of events")
        for event in metrics.events { sample(event.labels, event.count) }
        family("flower_events_created", .gauge, "Number of events")
        for event in metrics.events { sample(event.labels, event.created) }
        family("flower_task_runtime_seconds", .histogram, "Task runtime")
        for runtime in metrics.runtimes {
            histogram(runtime.labels, bounds: metrics.runtimeBounds, buckets: runtime.buckets, sum: runtime.sum)
        }
        family("flower_task_runtime_seconds_created", .gauge, "Task runtime")
        for runtime in metrics.runtimes { sample(runtime.labels, runtime.created) }
        family(
            "flower_task_prefetch_time_seconds", .gauge,
            "The time the task spent waiting at the celery worker to be executed.")
        for prefetch in metrics.prefetches { sample(prefetch.labels, prefetch.seconds) }
        family("flower_worker_prefetched_tasks", .gauge, "Number of tasks of given type prefetched at a worker")
        for prefetch in metrics.prefetches { sample(prefetch.labels, Double(prefetch.tasks)) }
    }
}

extension ClusterMetrics.EventCount {
    fileprivate var labels: [(name: String, value: String)] { [("task", task), ("type", type), ("worker", worker)] }
}

extension ClusterMetrics.RuntimeHistogram {
    fileprivate var labels: [(name: String, value: String)] { [("task", task), ("worker", worker)] }
}

extension ClusterMetrics.Prefetch {
    fileprivate var labels: [(name: String, value: String)] { [("task", task), ("worker", worker)] }
}
