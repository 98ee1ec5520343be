/// The one table of options. Parsing, help, `config print`, docs/options.md and start-up checks are made from it.
package enum OptionTable {
    /// All options, by group; a secret without a file form of its own is followed by its `_file` form.
    package static let all: [OptionDefinition] = OptionGroup.allCases.flatMap { group in
        rows.filter { $0.group == group }.flatMap { row in
            fileForm(of: row).map { [row, $0] } ?? [row]
        }
    }

    private static let rows: [OptionDefinition] =
        brokerOptions + celeryOptions + listeningOptions + signInOptions + sessionOptions + limitOptions + pageOptions
        + historyOptions
        + processOptions
        + loggingOptions

    private static let byName: [String: OptionDefinition] = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    private static let byShortName: [String: OptionDefinition] = Dictionary(
        all.compactMap { row in row.shortName.map { ($0, row) } }, uniquingKeysWith: { first, _ in first })

    /// The option that is written `name`, with dashes or underscores.
    package static func option(_ name: some StringProtocol) -> OptionDefinition? {
        byName[OptionName.canonical(name)]
    }

    package static func option(shortName: some StringProtocol) -> OptionDefinition? { byShortName[String(shortName)] }

    package static let names: [String] = all.map(\.name)

    /// The option that takes a file holding the secret of `option`.
    package static func fileForm(of option: OptionDefinition) -> OptionDefinition? {
        guard option.secrecy != .open, option.secrecy != .someFields,
            !rows.contains(where: { $0.name == option.name + "_file" })
        else { return nil }
        return OptionDefinition(
            option.name + "_file", .path, option.group, half: option.half, withoutEffect: option.withoutEffect,
            help: "File whose content is the value of --\(option.name).")
    }
}
