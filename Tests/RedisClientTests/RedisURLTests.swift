import RedisClient
import Testing

@Suite("Broker URLs") struct RedisURLTests {
    @Test(
        "A URL is read as kombu reads it",
        arguments: [
            ("redis://localhost:6379/0", RedisEndpoint(address: .tcp(host: "localhost", port: 6379))),
            ("redis://", RedisEndpoint(address: .tcp(host: "localhost", port: 6379))),
            ("REDIS://h", RedisEndpoint(address: .tcp(host: "h", port: 6379))),
            ("redis://h:7000/3", RedisEndpoint(address: .tcp(host: "h", port: 7000), database: 3)),
            ("redis://h/?virtual_host=4", RedisEndpoint(address: .tcp(host: "h", port: 6379), database: 4)),
            (
                "redis://user:s3cr%26t%2Fp%40ss@h/1",
                RedisEndpoint(
                    address: .tcp(host: "h", port: 6379), user: "user", password: "s3cr&t/p@ss", database: 1)
            ),
            ("redis://:pw@h", RedisEndpoint(address: .tcp(host: "h", port: 6379), password: "pw")),
            ("redis://u@h", RedisEndpoint(address: .tcp(host: "h", port: 6379), user: "u")),
            ("redis://:a@b@h", RedisEndpoint(address: .tcp(host: "h", port: 6379), password: "a@b")),
            ("redis://[::1]:6380/2", RedisEndpoint(address: .tcp(host: "::1", port: 6380), database: 2)),
            ("redis://[fe80::1]", RedisEndpoint(address: .tcp(host: "fe80::1", port: 6379))),
            (
                "redis+socket:///run/redis%20a.sock?virtual_host=3",
                RedisEndpoint(address: .unix(path: "/run/redis a.sock"), database: 3)
            ),
            (
                "redis+socket://:pw@/run/redis.sock",
                RedisEndpoint(address: .unix(path: "/run/redis.sock"), password: "pw")
            ),
            (
                "rediss://h:6380/0?ssl_cert_reqs=CERT_NONE",
                RedisEndpoint(address: .tcp(host: "h", port: 6380), tls: RedisTLS(verification: .none))
            ),
            (
                "rediss://h?ssl_cert_reqs=required&ssl_ca_certs=/ca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem",
                RedisEndpoint(
                    address: .tcp(host: "h", port: 6379),
                    tls: RedisTLS(authorityFile: "/ca.pem", certificateFile: "/c.pem", keyFile: "/k.pem"))
            ),
            (
                "rediss://h?ssl_check_hostname=false",
                RedisEndpoint(address: .tcp(host: "h", port: 6379), tls: RedisTLS(verification: .withoutHostname))
            ),
        ])
    func reads(text: String, endpoint: RedisEndpoint) throws {
        #expect(try RedisURL(text).endpoint == endpoint)
    }

    @Test(
        "What cannot be read is refused with one sentence that says why",
        arguments: [
            ("localhost:6379", "no scheme"),
            ("amqp://guest@h//", "RabbitMQ"),
            ("sqs://", "'sqs' are not supported"),
            ("sentinel://a:26379/0", "master_name"), ("sentinels://a:26379/0", "master_name"),
            ("redis://h1;redis://h2", "list of URLs"),
            ("redis://h:port/0", "port 'port'"),
            ("redis://h:70000/0", "port '70000'"),
            ("redis://h/x", "database 'x'"),
            ("redis://h/-1", "database '-1'"),
            ("redis://u:%zz@h", "password in the URL has a '%'"),
            ("redis://u:%ff@h", "password in the URL is not UTF-8"),
            ("redis://[::1/0", "closing bracket"),
            ("redis+socket://host/run/x.sock", "socket URL looks like"),
            ("rediss://h?ssl_cert_reqs=maybe", "ssl_cert_reqs is 'maybe'"),
            ("rediss://h?ssl_keyfile=/k", "without ssl_certfile"),
        ])
    func refuses(text: String, part: String) {
        let error = #expect(throws: RedisURLError.self) { try RedisURL(text) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
    }

    @Test(
        "A password never shows",
        arguments: [
            ("redis://u:geheim@h/1", "redis://u:**@h:6379/1"),
            ("redis://:geheim@[::1]/1", "redis://:**@[::1]:6379/1"),
            ("redis://h", "redis://h:6379/0"),
            ("rediss://u@h", "rediss://u@h:6379/0"),
            ("redis+socket://:geheim@/a.sock?virtual_host=2", "redis+socket://:**@/a.sock?virtual_host=2"),
        ])
    func masks(text: String, masked: String) throws {
        #expect(try RedisURL(text).endpoint.maskedURL == masked)
    }

    @Test("Arguments that only tune redis-py are named and do no harm")
    func ignoresTuning() throws {
        let url = try RedisURL("redis://h/0?socket_timeout=5&health_check_interval=3")
        #expect(url.ignoredArguments == ["health_check_interval", "socket_timeout"])
    }

    @Test("Sentinels are read as Celery writes them")
    func sentinels() throws {
        let options = SentinelOptions(master: "main", user: "watcher", password: "pw")
        let url = try RedisURL("sentinel://u:secret@h1:5001/3;sentinel://h2;[::1]:26380", sentinel: options)
        let expected = RedisSentinel(
            nodes: [.init(host: "h1", port: 5001), .init(host: "h2", port: 26_379), .init(host: "::1", port: 26_380)],
            master: "main", user: "watcher", password: "pw")
        #expect(
            url.endpoint
                == RedisEndpoint(address: .sentinel(expected), user: "u", password: "secret", database: 3))
        #expect(
            url.endpoint.maskedURL
                == "sentinel://u:**@h1:5001/3;sentinel://u:**@h2:26379/3;sentinel://u:**@[::1]:26380/3")
    }

    @Test("Sentinels over TLS take the arguments of rediss")
    func sentinelsOverTLS() throws {
        let url = try RedisURL(
            "sentinels://h1:5001/3?ssl_ca_certs=/ca.pem;sentinels://h2", sentinel: SentinelOptions(master: "main"))
        let tls = RedisTLS(authorityFile: "/ca.pem")
        let expected = RedisSentinel(
            nodes: [.init(host: "h1", port: 5001), .init(host: "h2", port: 26_379)], master: "main", tls: tls)
        #expect(url.endpoint == RedisEndpoint(address: .sentinel(expected), database: 3, tls: tls))
        #expect(url.endpoint.maskedURL == "sentinels://h1:5001/3;sentinels://h2:26379/3")
    }

    @Test(
        "Sentinels that do not fit together are refused",
        arguments: [
            ("sentinel://h1;sentinel://h2/3", "first URL"), ("sentinel://h1;redis://h2", "another scheme"),
            ("sentinel://", "master"),
        ])
    func badSentinels(_ text: String, _ word: String) {
        let options = SentinelOptions(master: text.count > 11 ? "main" : nil)
        let error = #expect(throws: RedisURLError.self) { try RedisURL(text, sentinel: options) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }
}
