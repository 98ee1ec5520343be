import Testing

@testable import Options

@Suite struct OptionTableTests {
    @Test("Names are canonical, unique, and helped with one sentence") func names() {
        #expect(Set(OptionTable.names).count == OptionTable.all.count)
        for option in OptionTable.all {
            #expect(option.name == option.name.lowercased() && !option.name.contains("-"))
            #expect(option.help.hasSuffix("."))
        }
    }

    @Test("Every default is a value that the option allows") func defaults() {
        for option in OptionTable.all {
            guard let text = option.defaultText else { continue }
            #expect(option.kind.parse(.scalar(text)) != nil, "\(option.name)")
        }
    }

    @Test("Every secret has a form that names a file") func secretFiles() {
        for option in OptionTable.all where option.secrecy != .open && option.secrecy != .someFields {
            #expect(OptionTable.option(option.name + "_file") != nil, "\(option.name)")
        }
    }

    @Test("Every option of Flower is known, with Flower's environment name")
    func flowerOptions() {
        let flower = [
            "address", "auth", "auth_provider", "auto_refresh", "basic_auth", "broker_api", "ca_certs", "certfile",
            "conf",
            "cookie_secret", "db", "debug", "enable_events", "format_task", "inspect_timeout", "keyfile",
            "log_file_max_size", "log_file_num_backups", "log_file_prefix", "log_rotate_interval", "log_rotate_mode",
            "log_rotate_when", "log_to_stderr", "logging", "max_tasks", "max_workers", "natural_time", "oauth2_key",
            "oauth2_redirect_uri", "oauth2_secret", "persistent", "port", "purge_offline_workers", "read_only",
            "state_save_interval", "task_runtime_metric_buckets", "tasks_columns", "unix_socket", "url_prefix",
            "xheaders",
        ]
        for name in flower {
            #expect(OptionTable.option(name)?.environment.contains("FLOWER_\(name.uppercased())") == true, "\(name)")
        }
        for name in [
            "UNAUTHENTICATED_API", "GITHUB_OAUTH_DOMAIN", "GITLAB_OAUTH_DOMAIN", "GITLAB_AUTH_ALLOWED_GROUPS",
            "GITLAB_MIN_ACCESS_LEVEL", "OAUTH2_OKTA_BASE_URL",
        ] {
            #expect(OptionTable.all.contains { $0.environment.contains("FLOWER_\(name)") }, "\(name)")
        }
    }

    @Test(
        "Booleans follow one rule everywhere",
        arguments: [
            ("true", true), ("T", true), ("yes", true), ("on", true), ("1", true), ("False", false), ("f", false),
            ("no", false), ("n", false), ("OFF", false), ("0", false), ("maybe", nil), ("", nil), ("2", nil),
        ])
    func booleans(text: String, expected: Bool?) {
        #expect(OptionKind.boolean(text) == expected)
    }

    @Test(
        "Time spans and numbers are checked",
        arguments: [
            (OptionKind.duration(0...1e9), "14d", OptionValue.number(1_209_600)),
            (.duration(0...1e9), "1.5h", .number(5400)),
            (.duration(0...1e9), "500ms", .number(0.5)), (.duration(0...1e9), "x", nil),
            (.duration(0...1e9), "-1s", nil),
            (.number(1...5), "2.5", .number(2.5)), (.number(1...5), "nan", nil), (.integer(0...9), "9.0", nil),
            (.numbers, "1, inf", .numbers([1, .infinity])), (.numbers, "1,nan", nil),
            (.choice(["a", "b"]), "B", .text("b")),
            (.bytes(0...(1 << 40)), "1e400", nil), (.bytes(0...(1 << 40)), "99999999TB", nil),
        ] as [(OptionKind, String, OptionValue?)])
    func kinds(kind: OptionKind, text: String, expected: OptionValue?) {
        #expect(kind.parse(.scalar(text)) == expected)
    }
}
