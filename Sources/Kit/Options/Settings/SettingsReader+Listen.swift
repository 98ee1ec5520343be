extension SettingsReader {
    mutating func readListen() -> Settings.Listen {
        let certificate = path("certfile")
        let key = path("keyfile")
        if let certificate, key == nil {
            problems.append(OptionProblem("keyfile: not set, but certfile is \(certificate); both belong together"))
        }
        if let key, certificate == nil {
            problems.append(OptionProblem("certfile: not set, but keyfile is \(key); both belong together"))
        }
        let authorities = path("ca_certs")
        if authorities != nil, certificate == nil {
            problems.append(OptionProblem("certfile: not set, but ca_certs is; client certificates need HTTPS"))
        }
        let prefix = readPrefix()
        return Settings.Listen(
            address: readAddress(), port: values.integer("port") ?? 5555, unixSocket: path("unix_socket"),
            certificateFile: certificate, keyFile: key,
            clientAuthorities: authorities,
            requiresClientCertificate: values.text("client_certificates") != "optional", urlPrefix: prefix,
            prefixMode: values.text("url_prefix_mode").flatMap(Settings.Listen.PrefixMode.init) ?? .auto,
            externalURL: readExternalURL(prefix), allowedHosts: values.list("allowed_hosts"),
            trustedProxies: values.list("trusted_proxies"), trustsLoopback: values.flag("xheaders"),
            admin: readAdmin())
    }

    private mutating func readAddress() -> String? {
        guard var address = values.text("address") else { return nil }
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        let isName = address.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x3A, 0x25: true
            default: false
            }
        }
        // One colon is a port that belongs into --port; an IPv6 address has at least two.
        if !isName || address.filter({ $0 == ":" }).count == 1 {
            refuse("address", allowed: "an address or host name without a port; the port is --port")
        }
        return address
    }

    private mutating func readPrefix() -> String {
        guard let text = values.text("url_prefix") else { return "" }
        if let prefix = URLPrefix.normalised(text) { return prefix }
        refuse("url_prefix", allowed: "a path such as /flower, of letters, digits and - . _ ~")
        return ""
    }

    private mutating func readExternalURL(_ prefix: String) -> WebURL? {
        guard let text = values.text("external_url") else { return nil }
        guard let url = WebURL(text), let path = URLPrefix.normalised(url.path) else {
            refuse("external_url", allowed: "an http or https URL such as https://example.com/flower")
            return nil
        }
        if !path.isEmpty, path != prefix {
            let prefixNow = prefix.isEmpty ? "not set" : prefix
            refuse("external_url", allowed: "no path, or the path of url_prefix, which is \(prefixNow)")
        }
        return url
    }

    private mutating func readAdmin() -> SocketEndpoint? {
        guard let text = values.text("admin_address"), text.lowercased() != "none" else { return nil }
        guard let endpoint = SocketEndpoint(text) else {
            refuse("admin_address", allowed: "HOST:PORT such as 127.0.0.1:5556 or [::1]:5556, or none")
            return nil
        }
        if !endpoint.isLoopback {
            notices.append(
                OptionNotice(.warning, "admin_address \(text): /metrics and /readyz are open to whoever reaches it"))
        }
        return endpoint
    }
}
