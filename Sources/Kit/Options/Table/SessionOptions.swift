extension OptionTable {
    static let sessionOptions: [OptionDefinition] = [
        OptionDefinition(
            "session_store", .url, .sessions, unsetMeans: "a file in the state directory", secrecy: .urlPassword,
            half: .gateway,
            help:
                "Redis for sessions and API tokens, e.g. redis://host:6379/1, when several gateways serve the same people."
        ),
        OptionDefinition(
            "session_store_prefix", .text, .sessions, default: "calyx:", half: .gateway,
            help: "Begins every key in that Redis. Installations that share a Redis need different ones."),
        OptionDefinition(
            "session_key_file", .path, .sessions,
            unsetMeans: "gateway/session.key in the state directory, made when missing",
            half: .gateway,
            help:
                "File with keys that encrypt what sessions keep of providers, one per line of at least 32 characters; the "
                + "first encrypts, all decrypt. Several gateways need the same."),
        OptionDefinition(
            "session_idle", .duration(1...31_536_000), .sessions, default: "12h", half: .gateway,
            help: "Time without a request after which a session ends."),
        OptionDefinition(
            "session_lifetime", .duration(1...31_536_000), .sessions, default: "7d", half: .gateway,
            help: "Time after signing in when a session ends in any case."),
        OptionDefinition(
            "max_sessions", .integer(1...1_000_000), .sessions, default: "10000", half: .gateway,
            help: "Sessions that there may be; the one unused longest gives way."),
        OptionDefinition(
            "membership_interval", .duration(1...86_400), .sessions, default: "5m", half: .gateway,
            help: "How often providers and password files are asked whether a signed-in person still belongs."),
        OptionDefinition(
            "audit_retain", .duration(3600...3_153_600_000), .sessions, default: "365d", half: .gateway,
            help: "How long audit entries are kept."),
        OptionDefinition(
            "audit_max_entries", .integer(1000...100_000_000), .sessions, default: "1000000", half: .gateway,
            help: "Audit entries that are kept; the oldest give way."),
        OptionDefinition(
            "cors_origins", .list, .sessions, half: .gateway,
            help:
                "Origins whose pages may use the API with a token or password, e.g. https://tools.example.com. Cookies are "
                + "never accepted from them."),
    ]
}
