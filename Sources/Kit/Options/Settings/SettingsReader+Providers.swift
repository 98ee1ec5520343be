/// The sign-in providers: the one of Flower's options, and those of `providers`.
extension SettingsReader {
    mutating func readProviders() -> [Settings.Provider] {
        // Read in any case: a bad value would bite later.
        let redirectURI = readRedirectURI()
        let gitHub = readURL("oauth2_github_base_url")
        var providers = readFlowerProvider(gitHub, redirectURI).map { [$0] } ?? []
        for (index, record) in readRecords("providers").enumerated() {
            let origin = origin("providers", index, record)
            guard let provider = read(record, origin) else { continue }
            guard !providers.contains(where: { $0.id == provider.id }) else {
                problems.append(
                    OptionProblem("\(origin): the id '\(provider.id)' is there twice; give one of them another id"))
                continue
            }
            providers.append(provider)
        }
        if providers.count == 1, providers[0].redirectURI == nil { providers[0].redirectURI = redirectURI }
        return providers
    }

    /// The items of an option, as far as their fields are known.
    mutating func readRecords(_ name: String) -> [OptionRecord] {
        guard case .records(let shape)? = values[name]?.option.kind else { return [] }
        let records = values.records(name)
        for (index, record) in records.enumerated() {
            for field in record.fields where !shape.fields.contains(field.name) {
                let hint = OptionName.suggestion(for: field.name, among: shape.fields).map { "; did you mean \($0)?" }
                problems.append(
                    OptionProblem(
                        "\(origin(name, index, record)): '\(field.name)' is no field; allowed are "
                            + shape.fields.joined(separator: ", ") + (hint ?? "")))
            }
            for field in record.fields where record.fields.filter({ $0.name == field.name }).count > 1 {
                problems.append(
                    OptionProblem("\(origin(name, index, record)): '\(field.name)' is there twice; allowed is once"))
                break
            }
        }
        return records
    }

    func origin(_ name: String, _ index: Int, _ record: OptionRecord) -> String {
        "\(name), item \(index + 1) (\(record.place ?? values.source(of: name).description))"
    }

    private mutating func readFlowerProvider(_ gitHub: String?, _ redirectURI: String?) -> Settings.Provider? {
        guard let text = values.text("auth_provider") else { return nil }
        // Flower names a class: flower.views.auth.GithubLoginHandler.
        var name = (text.split(separator: ".").last.map(String.init) ?? text).lowercased()
        for ending in ["oauth2loginhandler", "auth2loginhandler", "loginhandler"] where name.hasSuffix(ending) {
            name.removeLast(ending.count)
        }
        guard let kind = Settings.Provider.Kind(rawValue: name) else {
            let kinds = Settings.Provider.Kind.allCases.map(\.rawValue)
            let hint = OptionName.suggestion(for: name, among: kinds).map { "; did you mean \($0)?" } ?? ""
            refuse(
                "auth_provider",
                allowed: "\(kinds.joined(separator: ", ")) (or a handler such as flower.views.auth.GithubLoginHandler)"
                    + hint)
            return nil
        }
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
        guard let server = kind == .github ? gitHub : readServer(kind) else { return nil }
        return Settings.Provider(
            kind: kind, id: kind.rawValue, clientID: values.text("oauth2_key") ?? "",
            clientSecret: values.text("oauth2_secret") ?? "", server: server, redirectURI: redirectURI, scopes: [],
            algorithms: [], endpointHosts: [], origin: "auth_provider")
    }

    /// The server that Flower's options name for a kind.
    private mutating func readServer(_ kind: Settings.Provider.Kind) -> String? {
        if values.text("oauth2_issuer") != nil { return readIssuer() }
        switch kind {
        case .github, .google: return Self.usualServer(kind)
        case .gitlab:
            guard let domain = values.text("gitlab_oauth_domain") else { return Self.usualServer(.gitlab) }
            let text = domain.contains("://") ? domain : "https://\(domain)"
            guard let url = WebURL(text), url.isSecure || url.isLoopback else {
                refuse("gitlab_oauth_domain", allowed: "a host name or an https URL; http only on this machine")
                return nil
            }
            return url.trimmed
        case .okta:
            guard let url = readURL("oauth2_okta_base_url") else {
                if values.text("oauth2_okta_base_url") == nil {
                    problems.append(
                        OptionProblem(
                            "oauth2_okta_base_url: not set, but auth_provider is okta; allowed is the address of your "
                                + "Okta server, e.g. https://example.okta.com/oauth2/default"))
                }
                return nil
            }
            return Self.oktaIssuer(url)
        case .oidc:
            problems.append(
                OptionProblem(
                    "oauth2_issuer: not set, but auth_provider is oidc; allowed is the issuer, e.g. "
                        + "https://id.example.com/realms/main"))
            return nil
        }
    }

    /// An issuer is kept as written: tokens repeat it byte for byte.
    private mutating func readIssuer() -> String? {
        guard let text = values.text("oauth2_issuer"), let url = WebURL(text), url.isSecure || url.isLoopback else {
            refuse("oauth2_issuer", allowed: "an https URL; http only on this machine")
            return nil
        }
        return text
    }

    private mutating func readURL(_ name: String) -> String? {
        guard let text = values.text(name) else { return nil }
        guard let url = WebURL(text), url.isSecure || url.isLoopback else {
            refuse(name, allowed: "an https URL; http only on this machine")
            return nil
        }
        return url.trimmed
    }

    private mutating func readRedirectURI() -> String? {
        guard let text = values.text("oauth2_redirect_uri") else { return nil }
        guard let url = WebURL(text), url.path.count > 1 else {
            refuse("oauth2_redirect_uri", allowed: "a URL with a path, such as https://example.com/flower/login")
            return nil
        }
        return text
    }

    /// The org server's endpoints are below `/oauth2`, its issuer is not.
    private static func oktaIssuer(_ base: String) -> String {
        base.hasSuffix("/oauth2") ? String(base.dropLast("/oauth2".count)) : base
    }

    private static func usualServer(_ kind: Settings.Provider.Kind) -> String? {
        switch kind {
        case .github: "https://github.com"
        case .google: "https://accounts.google.com"
        case .gitlab: "https://gitlab.com"
        case .okta, .oidc: nil
        }
    }

    private mutating func read(_ record: OptionRecord, _ origin: String) -> Settings.Provider? {
        func problem(_ text: String) { problems.append(OptionProblem("\(origin): \(text)")) }
        let kinds = Settings.Provider.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let kind = record.text("type").flatMap({ Settings.Provider.Kind(rawValue: $0.lowercased()) }) else {
            problem("the type is missing or unknown; allowed are \(kinds)")
            return nil
        }
        let id = record.text("id") ?? kind.rawValue
        let isPlain = id.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard isPlain, id.utf8.count <= 32, !Self.reservedIDs.contains(id) else {
            problem("the id '\(id)' cannot be used; allowed are small letters, digits and -")
            return nil
        }
        guard let key = record.text("key") else {
            problem("the key is missing; allowed is the client id of the OAuth application")
            return nil
        }
        guard let secret = readSecret(of: record, origin) else { return nil }
        let written = kind == .github ? record.text("base_url") : record.text("issuer") ?? record.text("base_url")
        guard let server = written ?? Self.usualServer(kind) else {
            problem("the issuer is missing, e.g. issuer: https://id.example.com")
            return nil
        }
        guard let url = WebURL(server), url.isSecure || url.isLoopback else {
            problem("'\(server)' is not an https URL; http is allowed only on this machine")
            return nil
        }
        let redirect = record.text("redirect_uri")
        if let redirect, (WebURL(redirect)?.path.count ?? 0) < 2 {
            problem("redirect_uri: '\(redirect)' is no URL with a path, such as https://example.com/oauth2/callback/x")
            return nil
        }
        if redirect == nil, values.text("external_url") == nil, values.text("oauth2_redirect_uri") == nil {
            problem("the callback address is not known; set external_url, or redirect_uri here")
        }
        let isOkta = kind == .okta && record.text("issuer") == nil
        return Settings.Provider(
            kind: kind, id: id, name: record.text("name"), clientID: key, clientSecret: secret,
            server: isOkta ? Self.oktaIssuer(url.trimmed) : kind == .github ? url.trimmed : server,
            redirectURI: redirect, scopes: Self.words(record, "scopes"), groupsClaim: record.text("groups_claim"),
            algorithms: Self.words(record, "algorithms"), endpointHosts: Self.words(record, "endpoint_hosts"),
            googleServiceAccountFile: record.text("google_service_account_file"),
            googleAdministrator: record.text("google_admin"), origin: origin)
    }

    /// Names that principals of other kinds have.
    private static let reservedIDs: Set<String> = ["basic", "anonymous", "token", "bearer", "password", "jwt"]

    private mutating func readSecret(of record: OptionRecord, _ origin: String) -> String? {
        switch (record.text("secret"), record.text("secret_file")) {
        case (let secret?, nil): return secret
        case (nil, let path?):
            do throws(SmallFile.Failure) {
                return try SmallFile.secret(at: ConfigurationFile.absolute(path, in: directory))
            } catch {
                problems.append(OptionProblem("\(origin): secret_file: cannot read \(path): \(error.reason)"))
            }
        case (nil, nil):
            problems.append(OptionProblem("\(origin): the secret is missing; set secret_file or secret"))
        case (.some, .some):
            problems.append(OptionProblem("\(origin): secret is set together with secret_file; leave one of them out"))
        }
        return nil
    }

    /// A list, or one text of words.
    private static func words(_ record: OptionRecord, _ name: String) -> [String] {
        record.values(name).flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    }
}
