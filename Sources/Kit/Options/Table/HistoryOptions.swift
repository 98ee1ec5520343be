extension OptionTable {
    private static let later = "tasks are kept in memory only; history on disk is not supported yet"

    static let historyOptions: [OptionDefinition] = [
        OptionDefinition(
            "persistent", .boolean, .history, default: "true", half: .core, withoutEffect: later,
            help: "Keep history across restarts."),
        OptionDefinition(
            "db", .path, .history, unsetMeans: "a file in the state directory", half: .core, withoutEffect: later,
            help: "History file."),
        OptionDefinition(
            "state_save_interval", .integer(0...(1 << 31)), .history, default: "0", half: .core, withoutEffect: later,
            help: "Flower's milliseconds between saves of its file."),
        OptionDefinition(
            "history_url", .url, .history, secrecy: .urlPassword, half: .core, withoutEffect: later,
            help: "PostgreSQL database for history."),
        OptionDefinition(
            "history_search", .boolean, .history, default: "true", half: .core, withoutEffect: later,
            help: "Index texts in history for search."),
        OptionDefinition(
            "retain", .duration(60...1e10), .history, default: "14d", half: .core, withoutEffect: later,
            help: "How long history is kept."),
        OptionDefinition(
            "db_max_size", .bytes((1 << 20)...(1 << 50)), .history, default: "2GB", half: .core, withoutEffect: later,
            help: "How large the history file may grow."),
    ]
}
