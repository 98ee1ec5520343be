extension SettingsReader {
    mutating func readSessions(_ state: StateDirectory) -> Settings.Sessions {
        let store = values.text("session_store")
        if store != nil, !values.isSet("session_key_file") {
            problems.append(
                OptionProblem(
                    "session_key_file: not set, but session_store is; every gateway needs the same key: make one with "
                        + "`openssl rand -hex 32` and name its file"))
        }
        let prefix = values.text("session_store_prefix") ?? "calyx:"
        if prefix.utf8.count > 64 || !prefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
            refuse("session_store_prefix", allowed: "1 to 64 printable ASCII characters without blanks")
        }
        let idle = values.number("session_idle") ?? 12 * 3600, lifetime = values.number("session_lifetime") ?? 7 * 86400
        if lifetime < idle, values.isSet("session_idle") {
            notices.append(
                OptionNotice(
                    .warning, "session_idle is longer than session_lifetime: sessions end by the latter"))
        }
        return Settings.Sessions(
            store: store, shownStore: store.map(URLMask.mask), storePrefix: prefix,
            keyFile: path("session_key_file") ?? state.defaultSessionKeyFile, idle: idle, lifetime: lifetime,
            maximum: values.integer("max_sessions") ?? 10_000,
            membershipInterval: Int(values.number("membership_interval") ?? 300),
            auditRetain: values.number("audit_retain") ?? 365 * 86400,
            auditEntries: values.integer("audit_max_entries") ?? 1_000_000, corsOrigins: readOrigins())
    }

    /// Origins as browsers write them (RFC 6454): scheme and authority, lower case, without a path. No wildcard.
    private mutating func readOrigins() -> [String] {
        values.list("cors_origins").compactMap { text in
            let origin = text.lowercased()
            guard let url = WebURL(origin), url.path.isEmpty || url.path == "/", !origin.contains("*"),
                !origin.contains("?")
            else {
                problems.append(
                    OptionProblem(
                        "cors_origins: read '\(text)' from \(values.source(of: "cors_origins").description); allowed are "
                            + "origins such as https://tools.example.com, without a path or *"))
                return nil
            }
            return (url.isSecure ? "https://" : "http://") + url.authority
        }
    }
}
