import Options
import Testing

@testable import calyx

@Suite struct ConfigurationChecksTests {
    private func problems(_ arguments: [String]) -> [String] {
        let loaded = Settings.load(
            ArgumentParser.parse(arguments), environment: ["STATE_DIRECTORY": "/var/lib/example"], directory: "/nowhere"
        )
        return ConfigurationChecks(loaded).problems.map(\.line)
    }

    @Test(
        "Settings that the parts refuse are problems, one line each",
        arguments: [
            (
                ["--broker=amqp://guest:secret@h//"],
                "broker: read 'amqp://guest:**@h//' from --broker; RabbitMQ brokers"
            ),
            (["--broker=redis://h:99999/0"], "broker: read 'redis://h:99999/0' from --broker; the port"),
            (["--trusted_proxies=300.1.1.1"], "trusted_proxies: read '300.1.1.1' from --trusted_proxies; allowed are"),
            (
                ["--trusted_proxies=10.0.0.1/8"],
                "trusted_proxies: read '10.0.0.1/8' from --trusted_proxies; allowed are"
            ),
            (["--allowed_hosts=a b"], "allowed_hosts: read 'a b' from --allowed_hosts; allowed are"),
            (["--auth=.*"], "auth: read '.*' from --auth; "),
            (["--address=0.0.0.0"], "address: read '0.0.0.0' from --address; only this machine is allowed"),
        ])
    func refusals(arguments: [String], start: String) {
        let lines = problems(arguments)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(start) == true, "\(lines)")
    }

    @Test(
        "Good settings have no problem",
        arguments: [
            [], ["--address=::1"], ["--address=0.0.0.0", "--basic_auth=a:b"],
            ["--trusted_proxies=10.0.0.0/8,fd00::/8,::1"],
            ["--allowed_hosts=example.com,example.com:8443"], ["--broker=rediss://u:p@h/2?ssl_cert_reqs=none"],
            ["--auth=.*@example\\.com"],
        ])
    func good(arguments: [String]) {
        #expect(problems(arguments) == [])
    }
}
