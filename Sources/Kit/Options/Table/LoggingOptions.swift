extension OptionTable {
    private static let toStderr = "the log goes to stderr; let systemd, Docker or logrotate keep it"

    static let loggingOptions: [OptionDefinition] = [
        OptionDefinition(
            "logging", .choice(["debug", "info", "warning", "error", "none"]), .logging, default: "info",
            help: "Least level that is logged."),
        OptionDefinition(
            "debug", .boolean, .logging, default: "false", help: "Same as --logging=debug; prints no secrets."),
        OptionDefinition(
            "log_format", .choice(["text", "json"]), .logging, default: "text",
            help: "One readable line per record, or one JSON object."),
        OptionDefinition(
            "log_to_stderr", .boolean, .logging, withoutEffect: toStderr, help: "Flower's log option."),
        OptionDefinition(
            "log_file_prefix", .path, .logging, withoutEffect: toStderr, help: "Flower's log file."),
        OptionDefinition(
            "log_file_max_size", .integer(0...Int.max), .logging, default: "100000000", withoutEffect: toStderr,
            help: "Flower's log rotation."),
        OptionDefinition(
            "log_file_num_backups", .integer(0...Int.max), .logging, default: "10", withoutEffect: toStderr,
            help: "Flower's log rotation."),
        OptionDefinition(
            "log_rotate_mode", .choice(["size", "time"]), .logging, default: "size", withoutEffect: toStderr,
            help: "Flower's log rotation."),
        OptionDefinition(
            "log_rotate_when", .text, .logging, default: "midnight", withoutEffect: toStderr,
            help: "Flower's log rotation."),
        OptionDefinition(
            "log_rotate_interval", .integer(1...Int.max), .logging, default: "1", withoutEffect: toStderr,
            help: "Flower's log rotation."),
    ]
}
