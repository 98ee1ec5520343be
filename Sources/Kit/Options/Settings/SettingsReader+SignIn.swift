extension SettingsReader {
    mutating func readSignIn() -> Settings.SignIn {
        let providers = readProviders()
        let auth = values.text("auth")
        let access = readRecords("access")
        if providers.isEmpty, auth != nil || !access.isEmpty, !values.isSet("auth_provider") {
            let name = auth != nil ? "auth" : "access"
            notices.append(
                OptionNotice(
                    .warning,
                    "\(name) says who may sign in by a provider, but auth_provider is not set: it lets nobody in"))
        }
        if !providers.isEmpty, auth == nil, access.isEmpty, values.list("gitlab_auth_allowed_groups").isEmpty {
            notices.append(
                OptionNotice(
                    .warning, "auth is not set: the provider signs nobody in until it says who may, e.g. --auth=*@x.org"
                ))
        }
        let users = readUsers()
        let usersFile = path("basic_auth_file")
        if !providers.isEmpty, !users.isEmpty || usersFile != nil {
            notices.append(
                OptionNotice(
                    .warning, "basic_auth and auth are both set: either lets a person in (Flower required both)"))
        }
        return Settings.SignIn(
            users: users, usersFile: usersFile, providers: providers, auth: auth, access: access,
            gitLabGroups: values.list("gitlab_auth_allowed_groups"),
            gitLabLevel: values.integer("gitlab_min_access_level") ?? 20,
            cookieName: readCookieName(), readOnly: values.flag("read_only"),
            unauthenticatedAPI: values.flag("unauthenticated_api"), openMetrics: values.text("metrics_auth") == "none")
    }

    private mutating func readUsers() -> [Settings.SignIn.User] {
        var users: [Settings.SignIn.User] = []
        if values.isSet("basic_auth"), values.list("basic_auth").isEmpty {
            refuse("basic_auth", allowed: "user:password[,user:password]")
        }
        for (index, entry) in values.list("basic_auth").enumerated() {
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                problems.append(
                    OptionProblem(
                        "basic_auth: entry \(index + 1) from \(values.source(of: "basic_auth").description) is not "
                            + "complete; allowed is user:password[,user:password]; a password with a comma belongs "
                            + "into --basic_auth_file"))
                continue
            }
            let name = String(parts[0])
            guard !users.contains(where: { $0.name == name }) else {
                problems.append(OptionProblem("basic_auth: the user '\(name)' is there twice; allowed is once"))
                continue
            }
            users.append(Settings.SignIn.User(name: name, password: String(parts[1])))
        }
        return users
    }

    private mutating func readCookieName() -> String? {
        guard let name = values.text("cookie_name") else { return nil }
        // RFC 6265, section 4.1.1: a cookie name is a token (RFC 9110, section 5.6.2).
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
        if isToken, name.utf8.count <= 128 { return name }
        refuse("cookie_name", allowed: "letters, digits, - and _")
        return nil
    }
}
