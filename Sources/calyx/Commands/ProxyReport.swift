import GatewayServer
import Identity
import Options

/// What `calyx check` says of the way from browsers to the gateway.
struct ProxyReport {
    /// What cannot work.
    let problems: [OptionProblem]
    /// What could be better.
    let hints: [String]
    /// The nginx configuration that fits, with a heading; nil where no proxy is meant.
    let block: String?

    /// Nil when there is no sense in the settings yet. Reads the certificate: blocks.
    init?(_ settings: Settings) {
        // Nothing is signed here: any key will do.
        guard let keys = AssertionKeys([[UInt8](repeating: 0, count: AssertionKeys.minimumKeyLength)]),
            let configuration = try? GatewayHalf.configuration(settings, keys: keys, files: 1024, runsCore: true)
        else { return nil }
        let setup = ProxySetup(configuration)
        let findings = ProxyDoctor(setup).findings()
        problems = findings.filter { $0.level == .wrong }.map { OptionProblem("\($0.option): \(Self.line($0))") }
        hints = findings.filter { $0.level == .advice }.map { "\($0.option): \(Self.line($0))" }
        let nginx = NginxBlock(setup)
        block =
            nginx.isOfUse
            ? """
            nginx in front of it (the gateway's side: \(nginx.options.joined(separator: " "))):

            \(nginx.text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n"))


            """ : nil
    }

    private static func line(_ finding: ProxyFinding) -> String {
        finding.fix.map { "\(finding.text) Set \($0)" } ?? finding.text
    }
}
