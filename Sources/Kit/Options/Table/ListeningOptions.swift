extension OptionTable {
    static let listeningOptions: [OptionDefinition] = [
        OptionDefinition(
            "address", .text, .listening,
            unsetMeans: "all interfaces, IPv4 and IPv6; loopback only while nobody can sign in but the first user",
            half: .gateway, help: "Address to listen on, e.g. 127.0.0.1, :: or a host name."),
        OptionDefinition(
            "port", .integer(0...65_535), .listening, default: "5555", half: .gateway,
            help: "Port to listen on; 0 lets the system choose."),
        OptionDefinition(
            "unix_socket", .path, .listening, half: .gateway,
            help: "Listen on this unix socket instead of a port (mode 0660)."),
        OptionDefinition(
            "certfile", .path, .listening, half: .gateway,
            help: "TLS certificate chain in PEM; together with --keyfile it makes the port HTTPS."),
        OptionDefinition(
            "keyfile", .path, .listening, half: .gateway, help: "Private key in PEM of --certfile."),
        OptionDefinition(
            "ca_certs", .path, .listening, half: .gateway,
            help: "Certificate authorities in PEM: clients then need a certificate of theirs to connect."),
        OptionDefinition(
            "client_certificates", .choice(["required", "optional"]), .listening, default: "required", half: .gateway,
            help: "With ca_certs: whether clients without a certificate may connect; wrong ones never may."),
        OptionDefinition(
            "url_prefix", .text, .listening, half: .gateway,
            help: "Path under which everything is served, e.g. /flower behind nginx."),
        OptionDefinition(
            "url_prefix_mode", .choice(["auto", "kept", "stripped"]), .listening, default: "auto", half: .gateway,
            help: "Whether the proxy keeps the prefix in requests or strips it; auto takes both from trusted proxies."),
        OptionDefinition(
            "external_url", .url, .listening, half: .gateway,
            help: "How browsers reach Calyx, e.g. https://example.com/flower; other Host names then get 421."),
        OptionDefinition(
            "allowed_hosts", .list, .listening, unsetMeans: "any well-formed Host", half: .gateway,
            help: "Host names to answer; all others get 421."),
        OptionDefinition(
            "trusted_proxies", .list, .listening, half: .gateway,
            help: "Addresses or CIDR ranges whose X-Forwarded-* fields are believed, e.g. 10.0.0.0/8."),
        OptionDefinition(
            "xheaders", .boolean, .listening, default: "false", half: .gateway,
            help: "Believe X-Forwarded-* from loopback and unix sockets."),
        OptionDefinition(
            "admin_address", .text, .listening, default: "127.0.0.1:5556",
            help: "HOST:PORT of the listener for /livez, /readyz and /metrics without sign-in; none switches it off. "
                + "A gateway of its own takes the next port by default."),
    ]
}
