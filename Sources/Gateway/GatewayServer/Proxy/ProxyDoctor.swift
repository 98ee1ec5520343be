import Glibc

/// Finds settings for prefix, scheme, proxy, certificate and cookie that do not fit each other. Pure but for the
/// certificate's file.
package struct ProxyDoctor: Sendable {
    let setup: ProxySetup

    package init(_ setup: ProxySetup) { self.setup = setup }

    /// What the configuration alone shows. Reads the certificate: blocks.
    package func findings() -> [ProxyFinding] {
        prefix() + proxy() + scheme() + cookie() + callbacks()
            + CertificateDoctor(setup).findings(now: Int(WallClock.seconds()))
    }

    /// What one request through the proxy shows.
    func findings(of request: ProxiedRequest) -> [ProxyFinding] {
        guard request.isTrusted else { return [] }
        var found: [ProxyFinding] = []
        func add(_ text: String, _ line: String) {
            found.append(ProxyFinding(.advice, "nginx", text, fix: line))
        }
        if request.forwardedFor.isEmpty {
            add(
                "The proxy does not say whose requests it passes on: all clients have its address.",
                "proxy_set_header X-Forwarded-For $remote_addr;")
        }
        if request.forwardedProto == nil, setup.external == nil {
            add(
                "The proxy does not say whether browsers speak https, so cookies are not bound to it.",
                "proxy_set_header X-Forwarded-Proto $scheme;")
        }
        if request.isHTTP10 {
            add(
                "The proxy speaks HTTP/1.0, and makes a new connection for every request.",
                "proxy_http_version 1.1; proxy_set_header Connection \"\";")
        }
        return found
    }

    private func prefix() -> [ProxyFinding] {
        guard setup.mode == .stripped else { return [] }
        guard !setup.prefix.value.isEmpty else {
            return [
                ProxyFinding(
                    .advice, "url_prefix_mode", "stripped does nothing without a prefix.", fix: "--url_prefix=/flower")
            ]
        }
        guard !setup.isLocalOnly, !setup.trustsAnybody else { return [] }
        return [
            ProxyFinding(
                .advice, "url_prefix_mode",
                "With stripped every path is served to whoever connects, and links in pages begin with "
                    + "\(setup.prefix.value): they work through the proxy only.",
                fix: "--url_prefix_mode=auto --trusted_proxies=ADDRESS-OF-THE-PROXY")
        ]
    }

    private func proxy() -> [ProxyFinding] {
        var found = setup.trustedProxies.filter(\.isNearlyEverything).map { range in
            ProxyFinding(
                .wrong, "trusted_proxies",
                "\(range.description) is nearly everybody: whoever connects can claim any address, host and scheme.",
                fix: "--trusted_proxies=ADDRESS-OF-THE-PROXY")
        }
        guard !setup.trustsAnybody else { return found }
        if setup.isUnix {
            found.append(
                ProxyFinding(
                    .advice, "xheaders",
                    "The proxy at the unix socket is not trusted, so all clients are one to the log and to the brake on "
                        + "wrong passwords.", fix: "--xheaders=true"))
        } else if setup.isLocalOnly, !setup.prefix.value.isEmpty || setup.external != nil {
            found.append(
                ProxyFinding(
                    .advice, "trusted_proxies",
                    "Only a proxy on this machine can connect, but none is trusted: all clients have its address in the "
                        + "log and for the brake on wrong passwords, and https is not noticed.",
                    fix: "--trusted_proxies=127.0.0.1"))
        } else if !setup.isLocalOnly, setup.tls == nil, !setup.prefix.value.isEmpty || setup.external?.isSecure == true
        {
            found.append(
                ProxyFinding(
                    .advice, "trusted_proxies",
                    "A prefix or an https address means that there is a proxy, but none is trusted.",
                    fix: "--trusted_proxies=ADDRESS-OF-THE-PROXY"))
        }
        return found
    }

    private func scheme() -> [ProxyFinding] {
        if let external = setup.external, !external.isSecure, setup.tls != nil {
            return [
                ProxyFinding(
                    .wrong, "external_url",
                    "The port speaks https and \(external.origin) says http: browsers' forms would be refused as foreign.",
                    fix: "--external_url=https://\(external.authority)\(setup.prefix.value)")
            ]
        }
        if let external = setup.external, !external.isSecure, !external.isLoopback {
            return [
                ProxyFinding(
                    .advice, "external_url", "Passwords and sessions go to \(external.origin) in the clear.",
                    fix: "--certfile=… --keyfile=…, or a proxy with TLS and an https address")
            ]
        }
        guard setup.external == nil, setup.tls == nil, !setup.trustsAnybody, !setup.isLocalOnly else { return [] }
        return [
            ProxyFinding(
                .advice, "certfile",
                "The port speaks plain HTTP to other machines: set certfile and keyfile, or put a TLS proxy in front of it.",
                fix: "--certfile=… --keyfile=…")
        ]
    }

    private func cookie() -> [ProxyFinding] {
        guard let name = setup.cookieName else { return [] }
        let demandsTLS = ["__Host-", "__Secure-", "__Http-", "__Host-Http-"].first {
            name.lowercased().hasPrefix($0.lowercased())
        }
        if let demandsTLS, setup.isSurelyPlain {
            return [
                ProxyFinding(
                    .wrong, "cookie_name",
                    "Browsers take a cookie whose name begins with \(demandsTLS) over https only: nobody could stay signed in.",
                    fix:
                        "--cookie_name=\(name.dropFirst(demandsTLS.count).isEmpty ? "calyx" : name.dropFirst(demandsTLS.count))"
                )
            ]
        }
        guard demandsTLS == nil, !setup.isSurelyPlain else { return [] }
        return [
            ProxyFinding(
                .advice, "cookie_name",
                "Without __Host- in front of its name another host of the same domain can set this cookie.",
                fix: "--cookie_name=__Host-\(name)")
        ]
    }

    private func callbacks() -> [ProxyFinding] {
        setup.redirectURIs.flatMap { address -> [ProxyFinding] in
            guard let target = ExternalURL(address) else { return [] }
            var found: [ProxyFinding] = []
            if let external = setup.external, target != external {
                found.append(
                    ProxyFinding(
                        .wrong, "oauth2_redirect_uri",
                        "Providers send browsers to \(target.origin), but the address outside is \(external.origin): the "
                            + "cookie of the sign-in is not sent there."))
            } else if setup.external == nil, setup.tls != nil, !target.isSecure {
                found.append(
                    ProxyFinding(
                        .wrong, "oauth2_redirect_uri", "\(address) is http, but the port speaks https.",
                        fix: "--oauth2_redirect_uri=https\(address.dropFirst(4))"))
            }
            return found
        }
    }
}

extension ExternalURL {
    /// Means this machine to the browser.
    var isLoopback: Bool {
        guard let host = HostField(authority)?.host else { return false }
        let address = IPAddress(String(host.drop { $0 == "[" }.prefix { $0 != "]" }))
        return host == "localhost" || host.hasSuffix(".localhost") || address?.isLoopback ?? false
    }
}
