/// The texts of `--help`.
package enum HelpText {
    /// Help for the program, or for the command named by its first word.
    package static func text(for topic: String?) -> String {
        switch topic {
        case "up": page("calyx up [options]", up, groups: OptionGroup.allCases, half: nil)
        case "gateway": page("calyx gateway [options]", gateway, groups: OptionGroup.allCases, half: .gateway)
        case "core": page("calyx core [options]", core, groups: OptionGroup.allCases, half: .core)
        case "check": "Usage: calyx check [--user=WHO] [options]\n\n\(check)\n"
        case "config": "Usage: calyx config print [options]\n\n\(config)\n"
        case "password": "Usage: calyx password [USER]\n       calyx password reset USER [options]\n\n\(password)\n"
        case "db":
            "Usage: calyx db stats | verify | prune [options]\n"
                + "       calyx db export [--format=ndjson|csv] [--search=TEXT] [options] > FILE\n"
                + "       calyx db import FILE [options]\n       calyx db erase --search=TEXT [options]\n"
                + "       calyx db backup FILE [options]\n       calyx db restore FILE [options]\n\n\(database)\n"
        case "token":
            "Usage: calyx token create --name=NAME --role=ROLE [--expires=TIME] [--scopes=LIST] [options]\n"
                + "       calyx token list [options]\n       calyx token revoke NAME [options]\n\n\(token)\n"
        case "audit":
            "Usage: calyx audit verify [--head=NUMBER:HASH] [--file=PATH] [options]\n"
                + "       calyx audit export [--format=ndjson|csv] [--since=TIME] [--until=TIME] [options]\n\n\(audit)\n"
        default: page("calyx [command] [options]", overview, groups: OptionGroup.allCases, half: nil)
        }
    }

    private static func page(
        _ usage: String, _ text: String, groups: [OptionGroup], half: OptionDefinition.Half?
    ) -> String {
        var lines = ["Usage: \(usage)", "", text]
        for group in groups {
            let options = OptionTable.all.filter { option in
                option.group == group && option.withoutEffect == nil
                    && (half == nil || option.half == .both || option.half == half)
            }
            guard !options.isEmpty else { continue }
            lines += ["", "\(group.rawValue):"]
            for option in options { lines += describe(option) }
        }
        lines += ["", closing]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func describe(_ option: OptionDefinition) -> [String] {
        var text = option.help
        if let value = option.defaultText { text += " Default: \(value)." }
        let left = "  \(option.usage)"
        let column = 34
        var lines = wrap(text, width: 118 - column).map { String(repeating: " ", count: column) + $0 }
        if left.count < column - 1, let first = lines.first {
            lines[0] = left + String(first.dropFirst(left.count))
        } else {
            lines.insert(left, at: 0)
        }
        return lines
    }

    private static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    private static let overview = """
        Calyx monitors a Celery cluster: live pages and Flower's REST API, behind a gateway that knows who may do what.

        Commands:
          up          gateway and core in one process (the default)
          gateway     only the half that the network reaches: TLS, sign-in, sessions
          core        only the half that follows the broker; it answers nobody but the gateway
          check       tell what is wrong with the configuration, and start nothing
          config      'config print' shows every option, its value and where it came from
          password    write a line for a password file, or 'password reset USER'
          token       make, list and revoke API tokens for programs
          audit       'audit verify' proves that the record of who did what is whole; 'audit export' writes it out
          db          look into history, export, import, prune, erase, back it up
          help        help COMMAND, the same as COMMAND --help

        Examples:
          calyx --broker=redis://localhost:6379/0
              A first look: loopback only; a password for the user admin is made and printed once.
          calyx --broker=redis://redis:6379/0 --basic_auth_file=/etc/calyx/htpasswd
              All interfaces, users from a file that `calyx password` writes lines for.
          calyx --auth_provider=github --oauth2_key=ID --oauth2_secret_file=/etc/calyx/github --auth='*@example.com' \\
                --oauth2_redirect_uri=https://example.com/flower/login --url_prefix=/flower
              Sign-in with GitHub, under /flower behind nginx.

        Every option can also stand in the environment (CALYX_PORT, or Flower's FLOWER_PORT) or in calyx.yaml.
        """

    private static let up = """
        Runs gateway and core in one process. `calyx` without a command does the same, and `calyx flower`, too.

        Examples:
          calyx up --broker=redis://localhost:6379/0
          calyx up --port=443 --certfile=chain.pem --keyfile=key.pem --basic_auth_file=htpasswd
        """

    private static let gateway = """
        Runs the half that the network reaches: TLS, sign-in, sessions and the access rules. It passes requests on to
        `calyx core` with a signed word on who is asking.

        Example, with the core under another user in the same group:
          calyx gateway --core_listen=unix:/run/calyx/core.sock --assertion_key_file=/etc/calyx/assertion.key
        """

    private static let core = """
        Runs the half that follows the broker and keeps what is known of workers and tasks. It listens on a unix socket
        and answers nobody but a gateway that has the same assertion key.

        Example:
          calyx core --broker=redis://redis:6379/0 --core_listen=unix:/run/calyx/core.sock --core_peer_uid=calyx-gateway
        """

    private static let check = """
        Reads the configuration as `calyx up` with the same options would, checks it, the files it names and the broker's
        address, and starts nothing. It prints one line per problem and ends with status 2 when there is one, else 0.

        With --user it tells what the access rules make of a person: an e-mail address, a login, a provider's id or a
        user with a password. What only the provider knows (teams, groups) is named as what would be asked.

        Examples:
          calyx check --conf=/etc/calyx/calyx.yaml
          calyx check --conf=/etc/calyx/calyx.yaml --user=ann@example.com
        """

    private static let config = """
        Prints every option with the value in effect and where it came from: the spelling on the command line, the
        environment variable, the file and line, or the default. Secrets are masked. The output is YAML.
        """

    private static let password = """
        `calyx password` asks for a password (or reads one line from a pipe) and prints a line USER:HASH for the file
        that --basic_auth_file names. USER is admin when it is left out.

        `calyx password reset USER` makes a new password for a user of the state directory's own users file, such as the
        first user admin, prints it once, and ends that user's sessions. A running Calyx notices both at once.

        Examples:
          calyx password alice >> /etc/calyx/htpasswd
          calyx password reset admin --state_dir=/var/lib/calyx
        """

    private static let database = """
        Works on the history file of --db or --state_dir. All but restore may run while Calyx does.

        stats    how many tasks, from when to when, and what they take.
        verify   reads everything and tells whether it is whole; status 1 when it is not.
        export   writes tasks to standard output, oldest first: NDJSON, one task a line, or CSV.
        `import` takes the NDJSON of an export; a task that is stored already is merged, never doubled.
        prune    removes at once what --retain, --retain_tasks and --db_max_size say.
        erase    removes every task that the search finds, also from the index.
        backup   copies history to FILE, and the gateway's sessions to FILE.sessions, while they are in use.
        restore  puts a backup in place; what was there is kept beside it.

        Examples:
          calyx db export --search='state:failure since:7d' > failures.ndjson
          calyx db erase --search='kwargs:"user=4711"'
          calyx db backup /backup/calyx-$(date +%F).sqlite
        """

    private static let token = """
        API tokens are credentials for programs, sent as `Authorization: Bearer calyx_…`. A running Calyx takes what these
        commands change within a second, and none of them starts anything.

        create   makes a token and prints it once. ROLE is viewer, operator or admin. --scopes bounds it further: read,
                 metrics, operate (default: all that the role can use; viewer: read,metrics). --expires takes 90d, 12h
                 (default 90d) or never.
        list     shows all tokens: id, name, role, scopes, until when, last used.
        revoke   ends one at once, by name or id.

        Examples:
          calyx token create --role viewer --expires 90d --name grafana
          calyx token create --role viewer --scopes metrics --name prometheus
          calyx token revoke grafana
        """

    private static let audit = """
        Every sign-in, refusal and action is in the state directory's audit record, each entry chained to the one before
        by a hash.

        verify   looks at every entry and prints the head of the chain. Note the head elsewhere: with --head=NUMBER:HASH it
                 is proven that the record still holds what it held then. Ends with status 1 when something was changed.
        export   writes entries to standard output, one JSON object per line or as CSV. TIME is 2026-01-31, a time of
                 RFC 3339, or a span such as 24h.

        Examples:
          calyx audit verify --state_dir=/var/lib/calyx
          calyx audit export --format csv --since 30d > audit.csv
        """

    private static let closing = """
        Flower options that are accepted but change nothing are in docs/options.md, with all environment names.
        """
}
