extension OptionTable {
    static let signInOptions: [OptionDefinition] = [
        OptionDefinition(
            "basic_auth", .list, .signIn, secrecy: .secret, half: .gateway,
            help: "Users as user:password,user:password; each is admin. Prefer --basic_auth_file."),
        OptionDefinition(
            "basic_auth_file", .path, .signIn, isReloadable: true, half: .gateway,
            help:
                "htpasswd file with bcrypt or yescrypt hashes; each user is operator. `calyx password` writes lines for it."
        ),
        OptionDefinition(
            "auth_provider", .text, .signIn, half: .gateway,
            help: "Sign-in provider: github, google, gitlab, okta or oidc, or Flower's name of a handler class."),
        OptionDefinition(
            "auth", .text, .signIn, half: .gateway,
            help: "Who may sign in by a provider, as operator: a@x.org, a@x.org|b@y.org, or *@x.org for a domain."),
        OptionDefinition(
            "access", .records(accessShape), .signIn, half: .gateway,
            help: "Rules that give people of the providers a role; docs/access.md has them all."),
        OptionDefinition(
            "providers", .records(providerShape), .signIn, secrecy: .someFields, half: .gateway,
            help: "Several sign-in providers, or ones with more settings; docs/access.md has their fields."),
        OptionDefinition(
            "oauth2_key", .text, .signIn, half: .gateway, help: "Client id at the auth_provider."),
        OptionDefinition(
            "oauth2_secret", .text, .signIn, secrecy: .secret, half: .gateway,
            help: "Client secret at the auth_provider."),
        OptionDefinition(
            "oauth2_redirect_uri", .url, .signIn, half: .gateway,
            help: "Callback registered with the auth_provider; its path is where Calyx answers it, /login included."),
        OptionDefinition(
            "oauth2_issuer", .url, .signIn, half: .gateway,
            help: "Issuer of auth_provider=oidc, exactly as its discovery document writes it."),
        OptionDefinition(
            "oauth2_github_base_url", .url, .signIn, default: "https://github.com",
            alsoFrom: ["FLOWER_GITHUB_OAUTH_DOMAIN"], half: .gateway,
            help: "GitHub, or the address of your GitHub Enterprise Server."),
        OptionDefinition(
            "gitlab_oauth_domain", .text, .signIn, unsetMeans: "gitlab.com", half: .gateway,
            help: "GitLab server of auth_provider=gitlab: a host name or an https URL."),
        OptionDefinition(
            "gitlab_auth_allowed_groups", .list, .signIn, half: .gateway,
            help: "GitLab groups (full paths) of which a person must be a member, beside what --auth asks."),
        OptionDefinition(
            "gitlab_min_access_level", .integer(10...50), .signIn, default: "20", half: .gateway,
            help:
                "Least level in those groups: 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner."
        ),
        OptionDefinition(
            "oauth2_okta_base_url", .url, .signIn, half: .gateway,
            help: "Okta server of auth_provider=okta, e.g. https://example.okta.com/oauth2/default."),
        OptionDefinition(
            "cookie_name", .text, .signIn, unsetMeans: "__Host-calyx over https, calyx over plain http",
            half: .gateway, help: "Name of the session cookie."),
        OptionDefinition(
            "cookie_secret", .text, .signIn, secrecy: .secret, half: .gateway,
            withoutEffect: "sessions are kept on the server under random tokens, so no cookie is signed",
            help: "Flower's key for signing cookies."),
        OptionDefinition(
            "read_only", .boolean, .signIn, default: "false", help: "Everybody is viewer: nothing can be changed."),
        OptionDefinition(
            "unauthenticated_api", .boolean, .signIn, default: "false", half: .gateway,
            help: "Let anybody read /api/workers, /api/tasks, /api/task/… and /api/queues/length."),
        OptionDefinition(
            "metrics_auth", .choice(["required", "none"]), .signIn, default: "required", half: .gateway,
            help: "Whether /metrics on the main port needs a credential."),
    ]

    private static let accessShape = RecordShape(
        fields: [
            "provider", "email", "email_domain", "user_id", "github_org", "github_team", "google_domain",
            "google_group", "gitlab_group", "gitlab_level", "oidc_group", "role", "tasks", "queues",
        ], example: "github_team=acme/platform role=operator")
    private static let providerShape = RecordShape(
        fields: [
            "type", "id", "name", "key", "secret", "secret_file", "base_url", "issuer", "redirect_uri", "scopes",
            "groups_claim", "algorithms", "endpoint_hosts", "google_service_account_file", "google_admin",
        ], secretFields: ["secret"], example: "type=github key=ID secret_file=/etc/calyx/github")
}
