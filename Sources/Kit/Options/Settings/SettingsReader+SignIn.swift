extension SettingsReader {
    mutating func readSignIn() -> Settings.SignIn {
        let provider = readProvider()
        let access = values.text("auth")
        if provider == nil, access != nil, !values.isSet("auth_provider") {
            notices.append(
                OptionNotice(
                    .warning, "auth says who may sign in by a provider, but auth_provider is not set: it lets nobody in"
                ))
        }
        if provider != nil { checkClient() }
        let users = readUsers()
        let usersFile = path("basic_auth_file")
        if provider != nil, !users.isEmpty || usersFile != nil {
            notices.append(
                OptionNotice(
                    .warning, "basic_auth and auth are both set: either lets a person in (Flower required both)"))
        }
        return Settings.SignIn(
            users: users, usersFile: usersFile, provider: provider, access: access,
            clientID: values.text("oauth2_key"), clientSecret: values.text("oauth2_secret"),
            redirectURI: readRedirectURI(), gitHubBaseURL: readGitHubBaseURL(), cookieName: readCookieName(),
            readOnly: values.flag("read_only"), unauthenticatedAPI: values.flag("unauthenticated_api"),
            openMetrics: values.text("metrics_auth") == "none")
    }

    private mutating func readProvider() -> Settings.SignIn.Provider? {
        guard let text = values.text("auth_provider") else { return nil }
        // Flower names a class: flower.views.auth.GithubLoginHandler.
        var name = (text.split(separator: ".").last.map(String.init) ?? text).lowercased()
        for ending in ["oauth2loginhandler", "auth2loginhandler", "loginhandler"] where name.hasSuffix(ending) {
            name.removeLast(ending.count)
        }
        let allowed = "github (or flower.views.auth.GithubLoginHandler)"
        switch name {
        case "github": return .github
        case "google", "gitlab", "okta":
            refuse("auth_provider", allowed: "\(allowed); sign-in with \(name) is not supported yet")
        default:
            let hint = OptionName.suggestion(for: name, among: ["github"]).map { "; did you mean \($0)?" } ?? ""
            refuse("auth_provider", allowed: allowed + hint)
        }
        return nil
    }

    private mutating func checkClient() {
        for (name, what) in [("oauth2_key", "the client id"), ("oauth2_secret", "the client secret")]
        where values.text(name) == nil {
            problems.append(
                OptionProblem("\(name): not set, but auth_provider is; allowed is \(what) of the OAuth application"))
        }
        if values.text("oauth2_redirect_uri") == nil, values.text("external_url") == nil {
            problems.append(
                OptionProblem(
                    "oauth2_redirect_uri: not set, but auth_provider is; allowed is the callback registered with the "
                        + "provider, e.g. https://example.com/login"))
        }
        if values.text("auth") == nil {
            notices.append(
                OptionNotice(
                    .warning, "auth is not set: the provider signs nobody in until it says who may, e.g. --auth=*@x.org"
                ))
        }
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

    private mutating func readRedirectURI() -> String? {
        guard let text = values.text("oauth2_redirect_uri") else { return nil }
        guard let url = WebURL(text), url.path.count > 1 else {
            refuse("oauth2_redirect_uri", allowed: "a URL with a path, such as https://example.com/flower/login")
            return nil
        }
        return text
    }

    private mutating func readGitHubBaseURL() -> String {
        let text = values.text("oauth2_github_base_url") ?? "https://github.com"
        guard let url = WebURL(text), url.isSecure || url.isLoopback else {
            refuse("oauth2_github_base_url", allowed: "an https URL; http only on this machine")
            return "https://github.com"
        }
        return url.trimmed
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
