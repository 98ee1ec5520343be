import Glibc

/// Turns option values into settings, and checks what one option alone cannot tell.
struct SettingsReader {
    let values: OptionValues
    let environment: [String: String]
    var problems: [OptionProblem] = []
    var notices: [OptionNotice] = []

    /// Where relative files of items are looked for.
    let directory: String

    init(_ values: OptionValues, environment: [String: String], directory: String) {
        self.directory = directory
        self.values = values
        self.environment = environment
    }

    mutating func read(file: String?) -> Settings {
        let state = readState()
        let signIn = readSignIn()
        let listen = readListen()
        return Settings(
            broker: readBroker(), listen: listen, signIn: signIn, sessions: readSessions(state), limits: readLimits(),
            pages: readPages(),
            core: readCore(state), history: readHistory(state), logging: readLogging(), state: state, file: file,
            values: values)
    }

    /// Records that what was read for `name` is not allowed.
    mutating func refuse(_ name: String, allowed: String) {
        guard let entry = values[name] else { return }
        problems.append(
            .value(entry.option, read: .scalar(entry.value?.description ?? ""), from: entry.source, allowed: allowed))
    }

    /// A file path, with `~/` at its start replaced by the home directory, as Flower does.
    func path(_ name: String) -> String? {
        guard let path = values.text(name) else { return nil }
        guard path.hasPrefix("~/"), let home = environment["HOME"] else { return path }
        return home + path.dropFirst()
    }

    private mutating func readState() -> StateDirectory {
        let option = path("state_dir").map { ($0, values.source(of: "state_dir").description) }
        if let state = StateDirectory.choose(option: option, environment: environment) { return state }
        problems.append(
            OptionProblem(
                "state_dir: there is no place to keep state; allowed is a directory, e.g. --state_dir=./state"))
        return StateDirectory(path: StateDirectory.systemPath, source: "default")
    }

    private func readLimits() -> Settings.Limits {
        Settings.Limits(
            tasks: values.integer("max_tasks") ?? 100_000, workers: values.integer("max_workers") ?? 5000,
            memory: values.integer("memory_limit") ?? 512 << 20,
            purgeOfflineWorkers: values.integer("purge_offline_workers").map(Double.init),
            connections: values.integer("max_connections") ?? 10_000,
            connectionsPerAddress: values.integer("max_connections_per_address") ?? 512,
            bodySize: values.integer("max_body_size") ?? 1 << 20,
            headerSize: values.integer("max_header_size") ?? 16 << 10,
            requestsPerConnection: values.integer("max_requests_per_connection") ?? 10_000,
            http2Streams: values.integer("max_http2_streams") ?? 100, streams: values.integer("max_streams") ?? 4000,
            streamsPerUser: values.integer("max_streams_per_user") ?? 64,
            coreConnections: values.integer("max_core_connections") ?? 64,
            bodyRate: values.integer("min_body_rate") ?? 1024,
            times: Settings.Limits.Times(
                handshake: seconds("handshake_timeout", 10), header: seconds("header_timeout", 10),
                idle: seconds("idle_timeout", 60), write: seconds("write_timeout", 60),
                core: seconds("core_timeout", 60)))
    }

    private func seconds(_ name: String, _ otherwise: Int) -> Int {
        values.number(name).map { Int($0.rounded(.up)) } ?? otherwise
    }

    private mutating func readPages() -> Settings.Pages {
        let columns = values.list("tasks_columns")
        for column in columns where !OptionTable.taskColumns.contains(column) {
            let hint = OptionName.suggestion(for: column, among: OptionTable.taskColumns).map {
                "; did you mean \($0)?"
            }
            problems.append(
                OptionProblem(
                    "tasks_columns: read '\(column)' from \(values.source(of: "tasks_columns").description); "
                        + "allowed are \(OptionTable.taskColumns.joined(separator: " "))\(hint ?? "")"))
        }
        if columns.isEmpty { refuse("tasks_columns", allowed: "at least one column") }
        let buckets = values.numbers("task_runtime_metric_buckets")
        if buckets.isEmpty || zip(buckets, buckets.dropFirst()).contains(where: { $0 >= $1 })
            || buckets.contains(where: { $0 <= 0 })
        {
            refuse("task_runtime_metric_buckets", allowed: "positive numbers in ascending order")
        }
        return Settings.Pages(
            autoRefresh: values.flag("auto_refresh"), naturalTime: values.flag("natural_time"), tasksColumns: columns,
            flowerQueueLengths: values.text("queue_length_format") == "flower",
            runtimeBuckets: buckets.filter(\.isFinite))
    }

    private mutating func readCore(_ state: StateDirectory) -> Settings.Core {
        var endpoint = Settings.Core.Endpoint.unix(path: state.defaultSocket)
        let allowed = "unix:PATH, tcp:HOST:PORT or tls:HOST:PORT"
        if let text = values.text("core_listen") {
            if text.hasPrefix("unix:"), text.count > 5 {
                endpoint = .unix(path: StateDirectory.absolute(String(text.dropFirst(5))))
            } else if text.hasPrefix("tcp:"), let place = SocketEndpoint(text.dropFirst(4)) {
                endpoint = .tcp(place)
                if !place.isLoopback {
                    notices.append(
                        OptionNotice(
                            .warning,
                            "core_listen \(text): gateway and core talk without TLS; use it in a private network only"))
                }
            } else if text.hasPrefix("tls:"), let place = SocketEndpoint(text.dropFirst(4)) {
                if let files = readCoreTLS() { endpoint = .tls(place, files) }
            } else {
                refuse("core_listen", allowed: allowed)
            }
        }
        // The kernel's limit on the address of a unix socket, with its terminating zero.
        if case .unix(let path) = endpoint, path.utf8.count > 107 {
            problems.append(
                OptionProblem(
                    "core_listen: the socket path \(path) has \(path.utf8.count) bytes; allowed are at most 107; "
                        + "name a shorter one with --core_listen=unix:PATH"))
        }
        return Settings.Core(
            endpoint: endpoint, isShared: values.isSet("core_listen"), peerUID: readPeerUID(),
            assertionKeyFile: path("assertion_key_file") ?? state.defaultKeyFile)
    }

    /// All three files of `tls:`.
    private mutating func readCoreTLS() -> Settings.Core.TLSFiles? {
        let names = ["core_certfile", "core_keyfile", "core_ca_certs"]
        let files = names.map { path($0) }
        for (name, file) in zip(names, files) where file == nil {
            problems.append(OptionProblem("\(name): not set, but core_listen is tls:; gateway and core both need it"))
        }
        guard let certificate = files[0], let key = files[1], let authorities = files[2] else { return nil }
        return Settings.Core.TLSFiles(certificate: certificate, key: key, authorities: authorities)
    }

    private mutating func readPeerUID() -> UInt32? {
        guard let text = values.text("core_peer_uid") else { return nil }
        if let number = UInt32(text) { return number }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        if getpwnam_r(text, &entry, &buffer, buffer.count, &found) == 0, found != nil { return entry.pw_uid }
        refuse("core_peer_uid", allowed: "a user id, or the name of a user of this machine")
        return nil
    }

    private func readLogging() -> Settings.Logging {
        let level = values.text("logging").flatMap(Settings.Logging.Level.init) ?? .info
        return Settings.Logging(
            level: values.flag("debug") ? .debug : level, isJSON: values.text("log_format") == "json")
    }
}
