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
            help: "Bytes that the process may have resident; the oldest tasks give way. At least 128MB."),
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
        OptionDefinition(
            "max_header_size", .bytes(1024...(1 << 20)), .limits, default: "16KB", half: .gateway,
            help: "Largest request head, counted in raw bytes; one field or the address may take half of it."),
        OptionDefinition(
            "max_requests_per_connection", .integer(1...100_000_000), .limits, default: "10000", half: .gateway,
            help: "Requests after which a connection is closed."),
        OptionDefinition(
            "max_http2_streams", .integer(1...10_000), .limits, default: "100", half: .gateway,
            help: "Requests that one HTTP/2 connection may have in progress."),
        OptionDefinition(
            "max_streams", .integer(1...1_000_000), .limits, default: "4000", half: .both,
            help: "Live streams of all users, per processor core."),
        OptionDefinition(
            "max_streams_per_user", .integer(1...100_000), .limits, default: "64", half: .both,
            help: "Live streams of one user: about one per open page."),
        OptionDefinition(
            "max_core_connections", .integer(1...10_000), .limits, default: "64", half: .gateway,
            help: "Connections to the core for requests other than live streams, per processor core."),
        OptionDefinition(
            "handshake_timeout", .duration(1...300), .limits, default: "10s", half: .gateway,
            help: "Time for a TLS handshake."),
        OptionDefinition(
            "header_timeout", .duration(1...300), .limits, default: "10s", half: .gateway,
            help: "Time for a request head to come."),
        OptionDefinition(
            "min_body_rate", .bytes(1...(1 << 30)), .limits, default: "1KB", half: .gateway,
            help: "Bytes per second at which a request body must come, after ten seconds of grace."),
        OptionDefinition(
            "idle_timeout", .duration(1...3600), .limits, default: "60s", half: .gateway,
            help: "Time for which a connection stays open between requests."),
        OptionDefinition(
            "write_timeout", .duration(1...3600), .limits, default: "60s", half: .gateway,
            help: "Time after which a client that takes nothing of its answer is cut off."),
        OptionDefinition(
            "core_timeout", .duration(1...3600), .limits, default: "60s", half: .gateway,
            help: "Time for the core to begin its answer; after that the client gets 504."),
    ]
}
