extension OptionTable {
    static let processOptions: [OptionDefinition] = [
        OptionDefinition(
            "conf", .path, .process,
            unsetMeans: "the first that exists of calyx.yaml, flowerconfig.py and /etc/calyx/calyx.yaml",
            help: "Configuration file: YAML, or a flowerconfig.py of literal assignments."),
        OptionDefinition(
            "state_dir", .path, .process,
            unsetMeans: "$STATE_DIRECTORY, else /var/lib/calyx when writable, else ~/.local/state/calyx",
            help: "Directory for sessions, users, keys and history (created with mode 0700)."),
        OptionDefinition(
            "core_listen", .text, .process, unsetMeans: "unix:<state_dir>/core.sock",
            help: "Where core and gateway meet: unix:PATH (mode 0660), tcp:HOST:PORT in a private network, or "
                + "tls:HOST:PORT, where both show a certificate."),
        OptionDefinition(
            "core_certfile", .path, .process,
            help: "With tls:HOST:PORT: this half's certificate chain in PEM; the gateway's is for clients."),
        OptionDefinition("core_keyfile", .path, .process, help: "Private key in PEM of --core_certfile."),
        OptionDefinition(
            "core_ca_certs", .path, .process,
            help: "With tls:HOST:PORT: the authority in PEM that the other half's certificate must come from."),
        OptionDefinition(
            "core_peer_uid", .text, .process, unsetMeans: "whoever the socket's mode lets in", half: .core,
            help: "User (number or name) whose processes alone may connect to the core's unix socket."),
        OptionDefinition(
            "assertion_key_file", .path, .process, unsetMeans: "<state_dir>/assertion.key, made at first start",
            help: "Key that gateway and core share; one per line, the first signs, all are accepted."),
    ]
}
