import Testing

@testable import Options

@Suite struct SettingsTests {
    @Test(
        "The broker is the first one named, and the source is known",
        arguments: [
            (["--broker=redis://flag/1"], ["CALYX_BROKER": "redis://env/1"], "redis://flag/1", "--broker"),
            (["-b", "redis://flag/1"], [:], "redis://flag/1", "-b"),
            ([], ["CALYX_BROKER": "redis://a", "CELERY_BROKER_URL": "redis://b"], "redis://a", "CALYX_BROKER"),
            (
                [], ["CELERY_BROKER_URL": "redis://b", "FLOWER_BROKER_API": "redis://c"], "redis://b",
                "CELERY_BROKER_URL"
            ),
            ([], ["FLOWER_BROKER_API": "redis://c", "REDIS_HOST": "d"], "redis://c", "FLOWER_BROKER_API"),
            ([], ["FLOWER_BROKER_API": "http://m:15672/api/", "REDIS_HOST": "d"], "redis://d:6379/0", "REDIS_HOST"),
            ([], ["REDIS_HOST": "d", "REDIS_PORT": "7000"], "redis://d:7000/0", "REDIS_HOST and REDIS_PORT"),
            ([], ["REDIS_HOST": "::1"], "redis://[::1]:6379/0", "REDIS_HOST"),
            ([], [:], "redis://localhost:6379/0", "default"),
        ] as [([String], [String: String], String, String)])
    func broker(arguments: [String], environment: [String: String], url: String, source: String) throws {
        let loaded = try load(arguments, environment: environment)
        #expect(loaded.lines == [])
        #expect(loaded.settings.broker.choice == BrokerChoice(url: url, source: source))
    }

    @Test("A management URL is ignored with one line") func brokerAPI() throws {
        #expect(
            try load(["--broker_api=http://guest:guest@h:15672/api/"]).notes("broker_api (--broker_api) is ignored"))
    }

    @Test(
        "Passwords of URLs are masked",
        arguments: [
            ("redis://user:pa:ss@h:6379/0", "redis://user:**@h:6379/0", "redis://h:6379/0"),
            ("redis://:p@ss@h/0", "redis://:**@h/0", "redis://h/0"), ("redis://h/0", "redis://h/0", "redis://h/0"),
            ("redis://user@h/0", "redis://user@h/0", "redis://h/0"),
            ("redis://:pa/ss#word@h/0", "redis://:**@h/0", "redis://h/0"),
            ("rediss://:p@h/0?ssl_cert_reqs=none", "rediss://:**@h/0?ssl_cert_reqs=none", "rediss://h/0"),
        ])
    func masks(url: String, masked: String, bare: String) {
        #expect(URLMask.mask(url) == masked)
        #expect(URLMask.withoutCredentials(url) == bare)
    }

    @Test(
        "A prefix is brought into one form or refused",
        arguments: [
            ("flower", "/flower"), ("/flower", "/flower"), ("/a/b/", "/a/b"), ("/", ""), ("", ""), ("a//b", nil),
            ("/../x", nil), ("/a b", nil), ("/%2e", nil), ("//x", nil), ("/a?b", nil),
        ])
    func prefixes(text: String, expected: String?) {
        #expect(URLPrefix.normalised(text) == expected)
    }

    @Test(
        "Endpoints are a host and a port",
        arguments: [
            ("127.0.0.1:5556", SocketEndpoint(host: "127.0.0.1", port: 5556)),
            ("[::1]:5556", SocketEndpoint(host: "::1", port: 5556)), ("::1:5556", nil), ("x", nil), ("x:", nil),
            (":5", nil), ("x:70000", nil), ("a b:5", nil),
        ])
    func endpoints(text: String, expected: SocketEndpoint?) {
        #expect(SocketEndpoint(text) == expected)
    }

    @Test(
        "What one option alone cannot tell is checked too",
        arguments: [
            (["--certfile=a.pem"], "keyfile: not set, but certfile is a.pem; both belong together"),
            (["--keyfile=a.pem"], "certfile: not set, but keyfile is a.pem; both belong together"),
            (
                ["--task_runtime_metric_buckets=1,0.5"],
                "task_runtime_metric_buckets: read '1,0.5' from --task_runtime_metric_buckets; allowed is positive "
                    + "numbers in ascending order"
            ),
            (
                ["--url_prefix=a//b"],
                "url_prefix: read 'a//b' from --url_prefix; allowed is a path such as /flower, of letters, digits and - . _ ~"
            ),
            (
                ["--tasks_columns=name,uuidd"],
                "tasks_columns: read 'uuidd' from --tasks_columns; allowed are name uuid state args kwargs result "
                    + "received started runtime worker exchange routing_key retries revoked exception expires eta; "
                    + "did you mean uuid?"
            ),
            (
                ["--admin_address=5556"],
                "admin_address: read '5556' from --admin_address; allowed is HOST:PORT such as 127.0.0.1:5556 or "
                    + "[::1]:5556, or none"
            ),
            (
                ["--address=127.0.0.1:5555"],
                "address: read '127.0.0.1:5555' from --address; allowed is an address or host name without a port; "
                    + "the port is --port"
            ),
            (
                ["--core_listen=quic:h:1"],
                "core_listen: read 'quic:h:1' from --core_listen; allowed is unix:PATH, tcp:HOST:PORT or "
                    + "tls:HOST:PORT"
            ),
            (
                ["--external_url=https://h/x"],
                "external_url: read 'https://h/x' from --external_url; allowed is no path, or the path of url_prefix, "
                    + "which is not set"
            ),
            (
                ["--auth_provider=githbu"],
                "auth_provider: read 'githbu' from --auth_provider; allowed is github, google, gitlab, okta, oidc (or a "
                    + "handler such as flower.views.auth.GithubLoginHandler); did you mean github?"
            ),
            (
                ["--access=github_orgs=acme role=viewer"],
                "access, item 1 (--access): 'github_orgs' is no field; allowed are provider, email, email_domain, "
                    + "user_id, github_org, github_team, google_domain, google_group, gitlab_group, gitlab_level, "
                    + "oidc_group, role, tasks, queues; did you mean github_org?"
            ),
            (
                ["--oauth2_github_base_url=http://github.example.org"],
                "oauth2_github_base_url: read 'http://github.example.org' from --oauth2_github_base_url; allowed is an "
                    + "https URL; http only on this machine"
            ),
            (
                ["--oauth2_redirect_uri=https://h"],
                "oauth2_redirect_uri: read 'https://h' from --oauth2_redirect_uri; allowed is a URL with a path, such as "
                    + "https://example.com/flower/login"
            ),
            (["--basic_auth=a:b,a:c"], "basic_auth: the user 'a' is there twice; allowed is once"),
            (
                ["--basic_auth=,"],
                "basic_auth: read a value that is not shown from --basic_auth; allowed is user:password[,user:password]"
            ),
            (
                ["--core_peer_uid=no such user"],
                "core_peer_uid: read 'no such user' from --core_peer_uid; allowed is a user id, or the name of a user of this machine"
            ),
            (["--cookie_name=a b"], "cookie_name: read 'a b' from --cookie_name; allowed is letters, digits, - and _"),
        ])
    func crossChecks(arguments: [String], line: String) throws {
        #expect(try load(arguments).lines == [line])
    }

    @Test(
        "GitHub needs its client, by Flower's class name too",
        arguments: ["github", "flower.views.auth.GithubLoginHandler", "GitHub"])
    func gitHub(name: String) throws {
        let bare = try load(["--auth_provider=\(name)"])
        #expect(bare.lines.map { $0.prefix { $0 != ":" } } == ["oauth2_key", "oauth2_secret", "oauth2_redirect_uri"])
        #expect(bare.notes("auth is not set"))
        let whole = try load(
            [
                "--auth_provider=\(name)", "--oauth2_key=k", "--oauth2_secret=s", "--auth=*@x.org",
                "--external_url=https://x.org",
            ],
            environment: ["FLOWER_GITHUB_OAUTH_DOMAIN": "git.example.org"])
        #expect(whole.lines == [])
        #expect(whole.settings.signIn.providers.map(\.kind) == [.github])
        #expect(whole.settings.signIn.providers.map(\.server) == ["https://git.example.org"])
        #expect(whole.settings.signIn.isConfigured)
    }

    @Test(
        "Flower's handler classes and variables name the provider and its server",
        arguments: [
            ("flower.views.auth.GoogleAuth2LoginHandler", "", "google", "https://accounts.google.com"),
            ("flower.views.auth.GitLabLoginHandler", "", "gitlab", "https://gitlab.com"),
            (
                "flower.views.auth.GitLabLoginHandler", "FLOWER_GITLAB_OAUTH_DOMAIN=git.example.org", "gitlab",
                "https://git.example.org"
            ),
            (
                "flower.views.auth.OktaLoginHandler", "FLOWER_OAUTH2_OKTA_BASE_URL=https://x.okta.com/oauth2", "okta",
                "https://x.okta.com"
            ),
            (
                "flower.views.auth.OktaLoginHandler", "FLOWER_OAUTH2_OKTA_BASE_URL=https://x.okta.com/oauth2/default",
                "okta", "https://x.okta.com/oauth2/default"
            ),
            ("oidc", "CALYX_OAUTH2_ISSUER=https://id.example.org/", "oidc", "https://id.example.org/"),
        ])
    func flowerProviders(name: String, variable: String, kind: String, server: String) throws {
        var environment = [
            "FLOWER_OAUTH2_KEY": "k", "FLOWER_OAUTH2_SECRET": "s", "FLOWER_AUTH": "*@x.org",
            "FLOWER_OAUTH2_REDIRECT_URI": "https://x.org/login",
        ]
        let parts = variable.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 2 { environment[parts[0]] = parts[1] }
        let loaded = try load(["--auth_provider=\(name)"], environment: environment)
        #expect(loaded.lines == [])
        let provider = try #require(loaded.settings.signIn.providers.first)
        #expect(provider.kind.rawValue == kind && provider.id == kind && provider.server == server)
        #expect(provider.clientID == "k" && provider.clientSecret == "s")
        #expect(provider.redirectURI == "https://x.org/login")
    }

    @Test("Several providers and rules come from the file, secrets from files of their own") func providerList() throws
    {
        let yaml = """
            external_url: https://x.org
            providers:
              - type: github
                key: one
                secret_file: secret
              - type: oidc
                id: corp
                name: Corporate sign-in
                issuer: https://id.example.org/realms/main
                key: two
                secret: t0p
            access:
              - github_team: acme/platform
                role: operator
                tasks: [billing.*, mail.*]
              - provider=corp oidc_group=ops role=admin
            """
        let loaded = try load(files: ["calyx.yaml": yaml, "secret": "s3cret\n"])
        #expect(loaded.lines == [])
        let signIn = loaded.settings.signIn
        #expect(signIn.providers.map(\.id) == ["github", "corp"])
        #expect(signIn.providers.map(\.clientSecret) == ["s3cret", "t0p"])
        #expect(signIn.providers[1].name == "Corporate sign-in")
        #expect(signIn.access.map { $0.values("tasks") } == [["billing.*", "mail.*"], []])
        #expect(signIn.access[1].text("oidc_group") == "ops")
        let printed = EffectiveOptions.text(of: loaded.settings)
        #expect(!printed.contains("t0p") && printed.contains("secret=******"))
    }

    @Test(
        "A provider that cannot work is one line that says why",
        arguments: [
            ("type=githbu key=k secret=s", "the type is missing or unknown"),
            ("type=oidc key=k secret=s", "the issuer"),
            ("type=github secret=s", "the key is missing"), ("type=github key=k", "the secret is missing"),
            ("type=github key=k secret=s secret_file=x", "secret is set together"),
            ("type=github key=k secret=s id=basic", "the id 'basic' cannot be used"),
            ("type=oidc key=k secret=s issuer=http://id.example.org", "not an https URL"),
            ("type=github key=k secret=s, type=github key=k secret=s", "is there twice"),
        ])
    func badProviders(text: String, expected: String) throws {
        let lines = try load(["--external_url=https://x.org", "--providers=\(text)"]).lines
        #expect(lines.count == 1 && lines[0].contains(expected), "\(lines)")
    }

    @Test("Users have names and passwords, and passwords may hold colons") func users() throws {
        let users = try load(environment: ["FLOWER_BASIC_AUTH": "admin:a:b, bob:c"]).settings.signIn.users
        #expect(users.map(\.name) == ["admin", "bob"])
        #expect(users.map(\.password) == ["a:b", "c"])
    }

    @Test("The state directory follows the order of the documentation") func stateDirectory() throws {
        let home = ["HOME": "/home/me"]
        let systemd = home.merging(["STATE_DIRECTORY": "/var/lib/one:/var/lib/two"]) { $1 }
        let option = (path: "/data", source: "--state_dir")
        #expect(StateDirectory.choose(option: option, environment: systemd) { _ in true }?.path == "/data")
        #expect(StateDirectory.choose(option: nil, environment: systemd) { _ in true }?.path == "/var/lib/one")
        #expect(StateDirectory.choose(option: nil, environment: home) { _ in true }?.path == "/var/lib/calyx")
        let state = StateDirectory.choose(option: nil, environment: home) { _ in false }
        #expect(state?.path == "/home/me/.local/state/calyx")
        let stateHome = home.merging(["XDG_STATE_HOME": "/s"]) { $1 }
        #expect(StateDirectory.choose(option: nil, environment: stateHome) { _ in false }?.path == "/s/calyx")
        #expect(StateDirectory.choose(option: nil, environment: [:]) { _ in false } == nil)
    }

    @Test("A state directory that cannot be made is one line that names it") func unwritableState() {
        let state = StateDirectory(path: "/proc/nothing/here", source: "--state_dir")
        let error = #expect(throws: StateDirectoryError.self) { try state.prepare([state.gateway]) }
        #expect(error?.description.hasPrefix("state_dir (--state_dir): cannot write to /proc/nothing") == true)
    }

    @Test("Rules without a provider are warned of") func rulesWithoutProvider() throws {
        #expect(try load(["--auth=a@b.c"]).notes("auth_provider is not set: it lets nobody in"))
    }

    @Test("What Flower opens by its environment is known") func openDoors() throws {
        #expect(try load(environment: ["FLOWER_UNAUTHENTICATED_API": "true"]).settings.signIn.unauthenticatedAPI)
        #expect(try load(["--metrics_auth=none"]).settings.signIn.openMetrics)
        #expect(try !load().settings.signIn.openMetrics)
    }

    @Test(
        "Sizes and time spans are written with units",
        arguments: [
            ("--memory_limit=1GB", 1 << 30), ("--memory_limit=256 mb", 256 << 20),
            ("--memory_limit=134217728", 128 << 20),
        ])
    func sizes(argument: String, expected: Int) throws {
        let loaded = try load([argument])
        #expect(loaded.lines == [])
        #expect(loaded.settings.limits.memory == expected)
    }
}
