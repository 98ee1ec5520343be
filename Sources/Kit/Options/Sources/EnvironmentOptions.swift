/// Options from environment variables.
enum EnvironmentOptions {
    struct Found {
        var options: [RawOption] = []
        var notices: [OptionNotice] = []
    }

    /// Reads `environment`. An empty value counts as unset: compose files write `FLOWER_PORT=${PORT}`.
    static func read(_ environment: [String: String]) -> Found {
        var found = Found()
        let names = spellings(of: environment)
        for option in OptionTable.all {
            for name in option.environment {
                guard let spelling = names[name], let value = environment[spelling], !value.isEmpty else { continue }
                if isServiceLink(value), option.name == "port" {
                    found.notices.append(
                        OptionNotice(
                            .warning, "\(spelling)=\(value) was set by Kubernetes for a service; it is ignored"))
                    continue
                }
                let raw = RawOptionValue.scalar(converted(value, name: name))
                found.options.append(RawOption(option: option, value: raw, source: .environment(spelling)))
                break
            }
        }
        found.notices += unknown(in: environment)
        return found
    }

    /// Kubernetes puts `NAME_PORT=tcp://10.0.0.1:5555` into pods beside a service `NAME`.
    static func isServiceLink(_ value: String) -> Bool {
        ["tcp://", "udp://", "sctp://"].contains { value.hasPrefix($0) }
    }

    /// Upper-case name to the spelling in use: Flower takes `FLOWER_Port` as well.
    private static func spellings(of environment: [String: String]) -> [String: String] {
        var names: [String: String] = [:]
        for spelling in environment.keys {
            let upper = spelling.uppercased()
            let isOurs = spelling.hasPrefix("FLOWER_") || spelling.hasPrefix("CALYX_")
            guard isOurs || spelling == upper else { continue }
            if names[upper] == nil || spelling == upper { names[upper] = spelling }
        }
        return names
    }

    private static func converted(_ value: String, name: String) -> String {
        name == "FLOWER_GITHUB_OAUTH_DOMAIN" && !value.contains("://") ? "https://\(value)" : value
    }

    private static func unknown(in environment: [String: String]) -> [OptionNotice] {
        let known = Set(OptionTable.all.flatMap(\.environment)).union(["FLOWER_HELP"])
        return environment.keys.sorted().compactMap { name in
            let prefixes = ["CALYX_", "FLOWER_"]
            guard let prefix = prefixes.first(where: { name.hasPrefix($0) }), !known.contains(name.uppercased()),
                !isServiceVariable(name)
            else { return nil }
            let rest = String(name.dropFirst(prefix.count)).lowercased()
            let hint = OptionName.suggestion(for: rest, among: OptionTable.names)
                .map { "; did you mean \(prefix)\($0.uppercased())?" }
            return OptionNotice(.warning, "\(name): no such option (environment); it is ignored\(hint ?? "")")
        }
    }

    /// `CALYX_SERVICE_HOST`, `CALYX_PORT_5555_TCP_ADDR` and the like.
    private static func isServiceVariable(_ name: String) -> Bool {
        name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.contains("_PORT_")
            || name.hasSuffix("_PORT")
    }
}
