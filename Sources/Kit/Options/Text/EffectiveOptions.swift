/// The text of `calyx config print`: every option with its value and where it came from, secrets masked.
package enum EffectiveOptions {
    package static func text(of settings: Settings) -> String {
        var lines: [String] = []
        for group in OptionGroup.allCases {
            lines.append("# \(group.rawValue)")
            for entry in settings.values.all where entry.option.group == group {
                lines.append(line(entry, settings))
            }
            lines.append("")
        }
        lines.append("# Configuration file: \(settings.file ?? "none")")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ entry: OptionValues.Entry, _ settings: Settings) -> String {
        var value = entry.value?.description ?? ""
        var source = entry.source.description
        // What an unset option comes to is worth more than the word "unset".
        switch entry.option.name {
        case "broker" where !entry.isSet: (value, source) = (settings.broker.choice.url, settings.broker.choice.source)
        case "cluster" where !entry.isSet: (value, source) = (settings.broker.cluster, "from the broker")
        case "state_dir" where !entry.isSet: (value, source) = (settings.state.path, settings.state.source)
        case "assertion_key_file" where !entry.isSet: value = settings.core.assertionKeyFile
        case "core_listen" where !entry.isSet: value = "unix:\(settings.state.defaultSocket)"
        default: break
        }
        let shown = entry.option.shown(value)
        let written = "\(entry.option.name): \(quoted(shown))"
        let padding = String(repeating: " ", count: max(1, 56 - written.count))
        return "\(written)\(padding)# \(source)"
    }

    /// As YAML: quoted when it would not read back as the same text.
    private static func quoted(_ text: String) -> String {
        if text.isEmpty { return "null" }
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x2C: true
            default: false
            }
        }
        if plain, !text.hasPrefix("-"), !text.hasPrefix(",") { return text }
        let escaped = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\""
    }
}
