/// The part of an nginx configuration that fits the gateway's settings.
package struct NginxBlock: Sendable {
    private let setup: ProxySetup

    package init(_ setup: ProxySetup) { self.setup = setup }

    /// Whether there can be a proxy at all: the gateway that speaks TLS to the whole network and trusts nobody has none.
    package var isOfUse: Bool { setup.tls == nil || setup.trustsAnybody || setup.isLocalOnly }

    package var text: String {
        """
        upstream calyx_gateway {
            server \(server);
            keepalive 16;
        }

        # Inside `server { listen 443 ssl; server_name \(host); … }`:
        \(locations)
        """
    }

    /// Options of the gateway that belong to the block.
    package var options: [String] {
        var options: [String] = []
        if !setup.prefix.value.isEmpty { options.append("--url_prefix=\(setup.prefix.value)") }
        if setup.isUnix {
            options.append("--xheaders=true")
        } else {
            options.append("--trusted_proxies=\(proxies)")
        }
        return options
    }

    private var proxies: String {
        if !setup.trustedProxies.isEmpty { return setup.trustedProxies.map(\.description).joined(separator: ",") }
        return setup.isLocalOnly ? "127.0.0.1,::1" : "ADDRESS-OF-THE-PROXY"
    }

    private var host: String { setup.external.flatMap { HostField($0.authority)?.host } ?? "calyx.example.com" }

    private var server: String {
        switch setup.listener {
        case .unix(let path, _): return "unix:\(path)"
        case .tcp(let host, let port):
            // All interfaces: the proxy of this machine comes over loopback.
            let host = ["", "0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
            return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    private var locations: String {
        let prefix = setup.prefix.value
        let scheme = setup.tls == nil ? "http" : "https"
        // A proxy that shall remove the prefix names what to put in its place.
        let isStripped = setup.mode == .stripped && !prefix.isEmpty
        let pass = "\(scheme)://calyx_gateway"
        let itself = prefix.isEmpty ? "" : "location = \(prefix) { return 308 \(prefix)/; }\n"
        let toTLS = setup.tls == nil ? "" : "\n    proxy_ssl_server_name on;\n    proxy_ssl_name \(host);"
        return """
            \(itself)location \(prefix)/ {
                proxy_pass \(pass)\(isStripped ? "/" : "");
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $http_host;
                client_max_body_size 1m;\(toTLS)

                location = \(prefix)/live {
                    proxy_pass \(pass)\(isStripped ? "/live" : "");
                    proxy_buffering off;
                    proxy_read_timeout 60s;
                    gzip off;
                }
            }
            """
    }
}
