/// The text of docs/options.md.
package enum OptionsPage {
    package static var markdown: String {
        var lines = [
            "# Options",
            "",
            "This page is made by `calyx config docs`; `calyx --help` shows the same on a terminal, and",
            "`calyx config print` what is in effect and where each value came from.",
            "",
            "An option can be written on the command line (`--url_prefix=/flower`, `--url-prefix /flower`), in the",
            "environment (`CALYX_URL_PREFIX`, or Flower's `FLOWER_URL_PREFIX`), or in `calyx.yaml`",
            "(`url_prefix: /flower`). The command line beats the environment, which beats the file. With a",
            "`flowerconfig.py` of literal assignments instead of `calyx.yaml`, the file beats the environment, as in",
            "Flower. An empty environment variable counts as unset.",
            "",
            "Every secret also has a form that names a file, e.g. `--oauth2_secret_file`. Sizes are written `512MB`, time",
            "spans `30s`, `12h` or `14d`, lists with commas. Options that are accepted for Flower's sake but change",
            "nothing yet say so here and in the log.",
            "",
        ]
        for group in OptionGroup.allCases {
            lines += ["## \(group.rawValue)", ""]
            for option in OptionTable.all where option.group == group { lines += entry(option) }
        }
        lines.removeLast()
        return lines.joined(separator: "\n") + "\n"
    }

    private static func entry(_ option: OptionDefinition) -> [String] {
        var facts: [String] = []
        if let text = option.defaultText {
            facts.append("default `\(text)`")
        } else if let unset = option.unsetMeans {
            facts.append("unset: \(unset)")
        }
        facts.append(option.kind.allowed)
        let environment = option.environment.map { "`\($0)`" }.joined(separator: ", ")
        var lines = ["### `\(option.usage)`", "", option.help, ""]
        lines.append("- " + facts.joined(separator: "; "))
        lines.append("- environment: \(environment)")
        if option.secrecy == .secret { lines.append("- secret: never shown") }
        if option.secrecy == .urlPassword { lines.append("- its password is never shown") }
        if option.isReloadable { lines.append("- changes take effect without a restart") }
        if let reason = option.withoutEffect { lines.append("- accepted without effect: \(reason)") }
        lines.append("")
        return lines
    }
}
