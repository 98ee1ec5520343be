extension OptionTable {
    private static let saves = "every change is written within a quarter of a second"

    static let historyOptions: [OptionDefinition] = [
        OptionDefinition(
            "persistent", .boolean, .history, default: "true", half: .core,
            help: "Keep tasks on disk, beyond memory and restarts."),
        OptionDefinition(
            "db", .path, .history, unsetMeans: "core/history.sqlite in the state directory", half: .core,
            help: "History file. Another program's file there is left alone; history is then beside it in PATH.calyx."),
        OptionDefinition(
            "state_save_interval", .integer(0...(1 << 31)), .history, default: "0", half: .core, withoutEffect: saves,
            help: "Flower's milliseconds between saves of its file."),
        OptionDefinition(
            "db_sync", .choice(["normal", "full"]), .history, default: "normal", half: .core,
            help: "What may be lost when the machine loses power: normal, the last seconds; full, nothing written."),
        OptionDefinition(
            "history_search", .boolean, .history, default: "true", half: .core,
            help: "Index the texts of stored tasks, so that searching them is fast."),
        OptionDefinition(
            "retain", .duration(60...1e10), .history, default: "14d", half: .core,
            help: "How long a task is kept after its state changed last."),
        OptionDefinition(
            "retain_tasks", .list, .history, half: .core,
            help: "Other times for tasks of some names, e.g. tasks.report=90d,tasks.ping=1h."),
        OptionDefinition(
            "db_max_size", .bytes((1 << 20)...(1 << 50)), .history, default: "2GB", half: .core,
            help: "What history may hold at most; the oldest tasks go first."),
        OptionDefinition(
            "redact", .list, .history, unsetMeans: "password, token, secret, card and more: docs/history.md",
            half: .core,
            help: "Parts of keys whose values are replaced by *** in what is stored; none keeps all."),
        OptionDefinition(
            "history_url", .url, .history, secrecy: .urlPassword, half: .core,
            withoutEffect: "history in PostgreSQL is not supported yet; it is kept in the file of --db",
            help: "PostgreSQL database for history."),
    ]
}
