/// One row of the table of options: all that help, documentation, parsing and `config print` know of an option.
package struct OptionDefinition: Sendable {
    /// Who may see a value.
    package enum Secrecy: Sendable {
        /// Anybody.
        case open
        /// A URL: shown with its password masked.
        case urlPassword
        /// A list of mappings: shown with its secret fields masked.
        case someFields
        /// Never shown.
        case secret
    }

    /// Which half reads an option; `up` runs both.
    package enum Half: Sendable { case gateway, core, both }

    /// Canonical name: lower case with underscores. Dashes are equal on the command line and in files.
    package let name: String
    package let kind: OptionKind
    package let group: OptionGroup
    /// One sentence for help and documentation.
    package let help: String
    /// The default as a person would write it; nil: unset.
    package let defaultText: String?
    /// Says what happens when the option is unset, for defaults that are not a fixed text.
    package let unsetMeans: String?
    /// Environment names, strongest first.
    package let environment: [String]
    package let secrecy: Secrecy
    /// A change takes effect without a restart.
    package let isReloadable: Bool
    package let half: Half
    /// One letter after a single dash.
    package let shortName: String?
    /// Why setting the option changes nothing in this version; nil: it acts.
    package let withoutEffect: String?

    init(
        _ name: String, _ kind: OptionKind, _ group: OptionGroup, default defaultText: String? = nil,
        unsetMeans: String? = nil, alsoFrom moreEnvironment: [String] = [], secrecy: Secrecy = .open,
        isReloadable: Bool = false, half: Half = .both, shortName: String? = nil, withoutEffect: String? = nil,
        help: String
    ) {
        self.name = name
        self.kind = kind
        self.group = group
        self.help = help
        self.defaultText = defaultText
        self.unsetMeans = unsetMeans
        environment = ["CALYX_\(name.uppercased())", "FLOWER_\(name.uppercased())"] + moreEnvironment
        self.secrecy = secrecy
        self.isReloadable = isReloadable
        self.half = half
        self.shortName = shortName
        self.withoutEffect = withoutEffect
    }

    /// How the option is written on a command line, e.g. `--port=NUMBER`.
    package var usage: String {
        let long = kind.isBoolean ? "--\(name)" : "--\(name)=\(kind.placeholder)"
        guard let shortName else { return long }
        return "-\(shortName), \(long)"
    }

    /// `text` as it may be shown to anybody.
    package func shown(_ text: String) -> String {
        switch secrecy {
        case .open, .someFields: text
        case .urlPassword: URLMask.mask(text)
        case .secret: text.isEmpty ? "" : "******"
        }
    }
}

/// Headings of help and documentation, in their order.
package enum OptionGroup: String, CaseIterable, Sendable {
    case broker = "Broker"
    case listening = "Listening and addresses"
    case signIn = "Signing in"
    case sessions = "Sessions, tokens and audit"
    case limits = "Limits"
    case pages = "Pages, API and metrics"
    case history = "History"
    case process = "State and processes"
    case logging = "Logging"
}
