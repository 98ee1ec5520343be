import Logging
import Options
import SignIn

/// What a person wants to know when the program has started.
struct Banner: Sendable {
    private let settings: Settings
    private let runsCore: Bool

    init(_ settings: Settings, runsCore: Bool) {
        self.settings = settings
        self.runsCore = runsCore
    }

    /// `port` is the real one; nil when only a unix socket listens.
    func show(port: Int?, _ logger: Logger) {
        let place = url(port: port)
        if settings.logging.isJSON {
            logger.info("ready at \(place)", metadata: ["state_dir": "\(settings.state.path)"])
        } else {
            Terminal.print(text(place))
        }
    }

    /// The password made just now for the first user, whom nobody else can tell it.
    func show(firstPassword: String) {
        Terminal.print(
            """

              The first user is made. This is shown once; `calyx password reset admin` makes a new one.

                  user      admin
                  password  \(firstPassword)


            """)
    }

    private func text(_ place: String) -> String {
        var lines = ["", "  Calyx \(Version.text)", "", "  open     \(place)"]
        if runsCore { lines.append("  broker   \(settings.broker.shownURL) (\(settings.broker.choice.source))") }
        lines.append("  sign in  \(people)")
        lines.append("  state    \(settings.state.path) (\(settings.state.source))")
        return lines.joined(separator: "\n") + "\n\n"
    }

    private var people: String {
        let signIn = settings.signIn
        var ways: [String] = []
        if !signIn.users.isEmpty { ways.append("basic_auth: " + signIn.users.map(\.name).joined(separator: ", ")) }
        if let file = signIn.usersFile { ways.append("users of \(file)") }
        let rules = AccessAssembly(settings).policy
        for provider in signIn.providers {
            let count = rules.limited(to: provider.id, provider.signInKind).rules.count
            let who = count == 0 ? "nobody yet, set --auth or --access" : count == 1 ? "1 rule" : "\(count) rules"
            ways.append("\(provider.name ?? provider.id) (\(who))")
        }
        return ways.isEmpty ? "the first user, admin, from this machine only" : ways.joined(separator: "; ")
    }

    private func url(port: Int?) -> String {
        let prefix = settings.listen.urlPrefix.isEmpty ? "/" : settings.listen.urlPrefix + "/"
        if let external = settings.listen.externalURL {
            return (external.isSecure ? "https://" : "http://") + external.authority + prefix
        }
        guard let port else { return "unix:\(settings.listen.unixSocket ?? "")" }
        let scheme = settings.listen.certificateFile == nil ? "http" : "https"
        let address = settings.listen.address ?? "127.0.0.1"
        let host = ["0.0.0.0", "::"].contains(address) ? "127.0.0.1" : address
        return "\(scheme)://\(SocketEndpoint(host: host, port: port).description)\(prefix)"
    }
}
