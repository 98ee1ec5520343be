extension OptionTable {
    static let limitOptions: [OptionDefinition] = [
        OptionDefinition(
            "max_tasks", .integer(1...100_000_000), .limits, default: "100000", half: .core,
            help: "Tasks kept in memory; the oldest give way."),
        OptionDefinition(
            "max_workers", .integer(1...1_000_000), .limits, default: "5000", half: .core,
            help: "Workers kept in memory."),
        OptionDefinition(
            "memory_limit", .bytes((128 << 20)...(1 << 44)), .limits, default: "512MB", half: .core,
            help: "Bytes that tasks, workers and their texts may take; the oldest tasks give way."),
        OptionDefinition(
            "purge_offline_workers", .integer(0...(1 << 31)), .limits, unsetMeans: "offline workers stay listed",
            half: .core, help: "Seconds after which an offline worker leaves pages and metrics."),
        OptionDefinition(
            "max_connections", .integer(1...1_000_000), .limits, default: "10000", half: .gateway,
            help: "Connections that the gateway keeps open at once."),
        OptionDefinition(
            "max_connections_per_address", .integer(1...1_000_000), .limits, default: "512", half: .gateway,
            help: "Connections of one client address (IPv6: of one /64); trusted proxies are not counted."),
        OptionDefinition(
            "max_body_size", .bytes(1024...(1 << 30)), .limits, default: "1MB", half: .gateway,
            help: "Largest request body."),
    ]
}
