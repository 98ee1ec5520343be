import Options
import Testing

@Suite struct SourcesTests {
    @Test("Flag beats environment beats calyx.yaml beats default") func precedence() throws {
        let files = ["calyx.yaml": "port: 4\n"]
        let both = ["CALYX_PORT": "2", "FLOWER_PORT": "3"]
        #expect(try load(["--port=1"], environment: both, files: files).settings.listen.port == 1)
        #expect(try load(environment: both, files: files).settings.listen.port == 2)
        #expect(try load(environment: ["FLOWER_PORT": "3"], files: files).settings.listen.port == 3)
        #expect(try load(files: files).settings.listen.port == 4)
        #expect(try load().settings.listen.port == 5555)
    }

    @Test("With a flowerconfig.py flag beats file beats environment") func flowerPrecedence() throws {
        let files = ["flowerconfig.py": "port = 4\n"]
        let environment = ["FLOWER_PORT": "3"]
        #expect(try load(["--port=1"], environment: environment, files: files).settings.listen.port == 1)
        #expect(try load(environment: environment, files: files).settings.listen.port == 4)
        #expect(try load(environment: environment, files: ["flowerconfig.py": ""]).settings.listen.port == 3)
    }

    @Test("Every value knows where it came from") func provenance() throws {
        let loaded = try load(
            ["--port=1"], environment: ["FLOWER_MAX_TASKS": "7"], files: ["calyx.yaml": "\n\nmax_workers: 9\n"])
        let values = loaded.settings.values
        #expect(values.source(of: "port").description == "--port")
        #expect(values.source(of: "max_tasks").description == "FLOWER_MAX_TASKS")
        #expect(values.source(of: "max_workers").description == "calyx.yaml line 3")
        #expect(values.source(of: "debug").description == "default")
    }

    @Test("Flower's spelling rule for the environment holds") func environmentCase() throws {
        #expect(try load(environment: ["FLOWER_Port": "9"]).settings.listen.port == 9)
        #expect(try load(environment: ["flower_port": "9"]).settings.listen.port == 5555)
    }

    @Test("An empty environment value counts as unset") func emptyEnvironment() throws {
        let loaded = try load(environment: ["FLOWER_PORT": "", "CALYX_DEBUG": ""])
        #expect(loaded.lines == [])
        #expect(loaded.settings.listen.port == 5555)
    }

    @Test("Kubernetes service links are ignored with a warning") func serviceLinks() throws {
        let loaded = try load(environment: [
            "FLOWER_PORT": "tcp://10.0.0.1:5555", "FLOWER_SERVICE_HOST": "10.0.0.1", "CALYX_PORT_5555_TCP": "x",
            "REDIS_HOST": "redis", "REDIS_PORT": "tcp://10.0.0.2:6379",
        ])
        #expect(loaded.lines == [])
        #expect(loaded.settings.listen.port == 5555)
        #expect(loaded.settings.broker.choice.url == "redis://redis:6379/0")
        #expect(loaded.notices.count == 2)
        #expect(loaded.notices.allSatisfy { $0.level == .warning && $0.line.contains("Kubernetes") })
    }

    @Test("An unknown environment name is a warning with a suggestion") func unknownEnvironment() throws {
        let loaded = try load(environment: ["CALYX_URL_PREFX": "/x"])
        #expect(loaded.lines == [])
        #expect(
            loaded.notes("CALYX_URL_PREFX: no such option (environment); it is ignored; did you mean CALYX_URL_PREFIX?")
        )
    }

    @Test("All problems of all sources come at once, each in one line") func allAtOnce() throws {
        let loaded = try load(
            ["--port=abc", "--nosuch", "--basic_auth=onlyname"], environment: ["FLOWER_DEBUG": "maybe"],
            files: ["calyx.yaml": "max_taks: 5\nmax_tasks: many\nmemory_limit: 1MB\n"])
        #expect(
            Set(loaded.lines) == [
                "port: read 'abc' from --port; allowed is a whole number from 0 to 65535",
                "--nosuch: no such option (command line); calyx --help lists all options",
                "debug: read 'maybe' from FLOWER_DEBUG; allowed is true or false (also yes/no, on/off, 1/0)",
                "max_taks: no such option (calyx.yaml line 1); did you mean max_tasks?",
                "max_tasks: read 'many' from calyx.yaml line 2; allowed is a whole number from 1 to 100000000",
                "memory_limit: read '1MB' from calyx.yaml line 3; allowed is a size such as 512MB or 2GB, at least 128MB",
                "basic_auth: entry 1 from --basic_auth is not complete; allowed is user:password[,user:password]; "
                    + "a password with a comma belongs into --basic_auth_file",
            ])
    }

    @Test("A named file must exist; the usual ones need not") func missingFile() throws {
        #expect(
            try load(["--conf=nowhere.yaml"]).lines == ["conf: cannot read nowhere.yaml: No such file or directory"])
        #expect(try load().settings.file == nil)
    }

    @Test("calyx.yaml beside flowerconfig.py wins and says so") func twoFiles() throws {
        let loaded = try load(files: ["calyx.yaml": "port: 1", "flowerconfig.py": "port = 2"])
        #expect(loaded.settings.listen.port == 1)
        #expect(loaded.notes("flowerconfig.py is not read, because calyx.yaml is there"))
    }

    @Test("YAML takes lists, texts, dashes, nulls and quoted numbers") func yaml() throws {
        let loaded = try load(files: [
            "calyx.yaml": """
            # a comment
            url-prefix: flower
            port: "6001"
            trusted_proxies: [10.0.0.0/8, "::1"]
            tasks_columns: name, uuid
            basic_auth:
              - alice:wonder
              - bob:builder
            debug: yes
            cluster: ~
            """
        ])
        #expect(loaded.lines == [])
        let settings = loaded.settings
        #expect(settings.listen.urlPrefix == "/flower")
        #expect(settings.listen.port == 6001)
        #expect(settings.listen.trustedProxies == ["10.0.0.0/8", "::1"])
        #expect(settings.pages.tasksColumns == ["name", "uuid"])
        #expect(settings.signIn.users.map(\.name) == ["alice", "bob"])
        #expect(settings.logging.level == .debug)
        #expect(settings.broker.cluster == "redis://localhost:6379/0")
    }

    @Test(
        "Broken YAML is one clear line",
        arguments: [
            ("port: [1", "conf: calyx.yaml is not YAML: line"),
            ("- a\n- b\n", "conf: calyx.yaml must be a mapping"),
            ("port: 1\nport: 2\n", "conf: calyx.yaml is not YAML"),
            ("port: {a: 1}\n", "port: calyx.yaml line 1 has a nested structure; allowed is a whole number"),
        ])
    func brokenYAML(text: String, start: String) throws {
        let lines = try load(files: ["calyx.yaml": text]).lines
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(start) == true, "\(lines)")
    }

    @Test("A secret can come from a file, without its line end") func secretFile() throws {
        let files = ["secret": "s3cret\n"]
        let flags = [
            "--auth_provider=github", "--oauth2_key=k", "--oauth2_secret_file=secret", "--external_url=http://x",
        ]
        let loaded = try load(flags, files: files)
        #expect(loaded.lines == [])
        #expect(loaded.settings.signIn.providers.first?.clientSecret == "s3cret")
        let direct = try load(flags, environment: ["FLOWER_OAUTH2_SECRET": "other"], files: files)
        #expect(direct.settings.signIn.providers.first?.clientSecret == "s3cret")
        let stronger = try load(
            ["--auth_provider=github", "--oauth2_secret=flag"], environment: ["CALYX_OAUTH2_SECRET_FILE": "secret"],
            files: files)
        #expect(stronger.settings.signIn.providers.first?.clientSecret == "flag")
        let both = try load(flags + ["--oauth2_secret=flag"], files: files)
        #expect(both.lines == ["oauth2_secret: set together with oauth2_secret_file; leave one of them out"])
        let missing = try load(["--oauth2_secret_file=nowhere"])
        #expect(missing.lines == ["oauth2_secret_file: cannot read nowhere: No such file or directory"])
    }

    @Test("Options without effect say so in one line each, only when set") func withoutEffect() throws {
        let loaded = try load(["--state_save_interval=1000", "--log_to_stderr=true"])
        #expect(loaded.lines == [])
        #expect(loaded.notes("state_save_interval (--state_save_interval) has no effect: every change is written"))
        #expect(loaded.notes("log_to_stderr (--log_to_stderr) has no effect"))
        #expect(loaded.notices.count == 2)
        #expect(try load().notices == [])
    }
}
