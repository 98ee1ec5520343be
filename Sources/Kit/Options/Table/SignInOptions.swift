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
            help: "Sign-in provider: github, or Flower's flower.views.auth.GithubLoginHandler."),
        OptionDefinition(
            "auth", .text, .signIn, half: .gateway,
            help: "Who may sign in by the provider: a@x.org, a@x.org|b@y.org, or *@x.org for a whole domain."),
        OptionDefinition(
            "oauth2_key", .text, .signIn, half: .gateway, help: "Client id of the OAuth application."),
        OptionDefinition(
            "oauth2_secret", .text, .signIn, secrecy: .secret, half: .gateway,
            help: "Client secret of the OAuth application."),
        OptionDefinition(
            "oauth2_redirect_uri", .url, .signIn, half: .gateway,
            help: "Callback registered with the provider; its path is where Calyx answers it, /login included."),
        OptionDefinition(
            "oauth2_github_base_url", .url, .signIn, default: "https://github.com",
            alsoFrom: ["FLOWER_GITHUB_OAUTH_DOMAIN"], half: .gateway,
            help: "GitHub, or the address of your GitHub Enterprise Server."),
        OptionDefinition(
            "gitlab_oauth_domain", .text, .signIn, half: .gateway, withoutEffect: gitLabLater,
            help: "GitLab server of GitLabLoginHandler."),
        OptionDefinition(
            "gitlab_auth_allowed_groups", .list, .signIn, half: .gateway, withoutEffect: gitLabLater,
            help: "GitLab groups of which a person must be a member."),
        OptionDefinition(
            "gitlab_min_access_level", .integer(0...60), .signIn, half: .gateway, withoutEffect: gitLabLater,
            help: "Least GitLab access level in those groups."),
        OptionDefinition(
            "oauth2_okta_base_url", .url, .signIn, half: .gateway,
            withoutEffect: "sign-in with Okta is not supported yet", help: "Okta server of OktaLoginHandler."),
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

    private static let gitLabLater = "sign-in with GitLab is not supported yet"
}
