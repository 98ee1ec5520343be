extension OptionTable {
    /// Columns that the tasks table knows.
    package static let taskColumns = [
        "name", "uuid", "state", "args", "kwargs", "result", "received", "started", "runtime", "worker", "exchange",
        "routing_key", "retries", "revoked", "exception", "expires", "eta",
    ]

    static let pageOptions: [OptionDefinition] = [
        OptionDefinition(
            "auto_refresh", .boolean, .pages, default: "true", half: .core,
            help: "Let open pages change by themselves."),
        OptionDefinition(
            "natural_time", .boolean, .pages, default: "false", half: .core,
            help: "Show times in lists relative to now."),
        OptionDefinition(
            "tasks_columns", .list, .pages, default: "name,uuid,state,received,started,runtime,worker", half: .core,
            help: "Columns of the tasks table, in order: " + taskColumns.joined(separator: " ") + "."),
        OptionDefinition(
            "format_task", .text, .pages, half: .core,
            withoutEffect: "it is Python code, which Calyx does not run", help: "Flower's hook for changing tasks."),
        OptionDefinition(
            "queue_length_format", .choice(["flat", "flower"]), .pages, default: "flat", half: .core,
            help: "Answer of /api/queues/length: {queue: length}, or Flower's list of objects."),
        OptionDefinition(
            "task_runtime_metric_buckets", .numbers, .pages,
            default: "0.005,0.01,0.025,0.05,0.075,0.1,0.25,0.5,0.75,1,2.5,5,7.5,10,inf", half: .core,
            help: "Upper bounds of the runtime histogram in seconds, ascending."),
    ]
}
