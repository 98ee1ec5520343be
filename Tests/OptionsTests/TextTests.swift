import Testing

@testable import Options

@Suite struct TextTests {
    @Test("docs/options.md is what `calyx config docs` writes") func documentation() throws {
        var path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        path = "/" + path + "/docs/options.md"
        #expect(try SmallFile.text(at: path) == OptionsPage.markdown)
    }

    @Test("Help of the program names every command and every option that acts") func help() {
        let help = HelpText.text(for: nil)
        for word in Command.words { #expect(help.contains("\n  \(word) ")) }
        for option in OptionTable.all where option.withoutEffect == nil { #expect(help.contains("--\(option.name)")) }
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("Help of each half shows its own options only") func helpOfHalves() {
        #expect(!HelpText.text(for: "core").contains("--basic_auth"))
        #expect(!HelpText.text(for: "gateway").contains("--max_tasks"))
        for word in Command.words { #expect(HelpText.text(for: word).hasPrefix("Usage: calyx \(word)")) }
    }

    @Test("Effective options show values and sources, and never a secret") func effective() throws {
        let loaded = try load(
            ["--basic_auth=admin:hunter2", "--broker=redis://u:hunter2@h/0", "--port=1", "--oauth2_secret=hunter2"])
        let text = EffectiveOptions.text(of: loaded.settings)
        #expect(!text.contains("hunter2"))
        let lines = text.split(separator: "\n").map { $0.split(separator: "#").map { $0.trimmed } }
        #expect(lines.contains(["port: 1", "--port"]))
        #expect(lines.contains(["broker: \"redis://u:**@h/0\"", "--broker"]))
        #expect(lines.contains(["basic_auth: \"******\"", "--basic_auth"]))
        #expect(lines.contains(["state_dir: /var/lib/example", "STATE_DIRECTORY"]))
        for option in OptionTable.all { #expect(text.contains("\n\(option.name): ")) }
    }

    @Test("Effective options read back as the same settings") func readBack() throws {
        let first = try load([
            "--url_prefix=/x", "--trusted_proxies=10.0.0.0/8,::1", "--retain=2d", "--cluster=a \"b\"",
        ])
        let text = EffectiveOptions.text(of: first.settings)
        let second = try load(files: ["calyx.yaml": text])
        #expect(second.lines == [])
        #expect(second.settings.listen.trustedProxies == ["10.0.0.0/8", "::1"])
        #expect(second.settings.broker.cluster == "a \"b\"")
        #expect(second.settings.listen.urlPrefix == "/x")
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
