import NIOSSL

/// Looks at the certificate that browsers, or the proxy, are shown.
struct CertificateDoctor {
    let setup: ProxySetup

    init(_ setup: ProxySetup) { self.setup = setup }

    /// Seconds before its end at which a certificate is worth a word.
    private static let renewalTime = 14 * 86_400

    /// - Parameter now: unix time.
    func findings(now: Int) -> [ProxyFinding] {
        guard let files = setup.tls else { return [] }
        do throws(GatewayStartError) {
            _ = try TLSContext.load(files)
        } catch {
            return [ProxyFinding(.wrong, "certfile", "\(error.description).")]
        }
        guard let leaf = try? NIOSSLCertificate.fromPEMFile(files.certificate).first else { return [] }
        return times(of: leaf, files.certificate, now: now) + name(of: leaf, files.certificate)
    }

    private func times(of leaf: NIOSSLCertificate, _ path: String, now: Int) -> [ProxyFinding] {
        if Int(leaf.notValidBefore) > now {
            return [
                ProxyFinding(
                    .wrong, "certfile", "The certificate in \(path) is not valid yet: is this machine's clock right?")
            ]
        }
        let left = Int(leaf.notValidAfter) - now
        if left <= 0 { return [ProxyFinding(.wrong, "certfile", "The certificate in \(path) has expired.")] }
        guard left < Self.renewalTime else { return [] }
        return [
            ProxyFinding(
                .advice, "certfile",
                "The certificate in \(path) ends in \(left / 86_400) days. A new one is taken as soon as it is in the files."
            )
        ]
    }

    private func name(of leaf: NIOSSLCertificate, _ path: String) -> [ProxyFinding] {
        guard let external = setup.external, let host = HostField(external.authority)?.host else { return [] }
        guard !covers(leaf, host) else { return [] }
        // Behind a proxy browsers see the proxy's certificate.
        let level: ProxyFinding.Level = setup.trustsAnybody ? .advice : .wrong
        return [
            ProxyFinding(level, "certfile", "The certificate in \(path) is not for \(host), which external_url names.")
        ]
    }

    private func covers(_ leaf: NIOSSLCertificate, _ host: String) -> Bool {
        let address = IPAddress(String(host.drop { $0 == "[" }.prefix { $0 != "]" }))
        return leaf._subjectAlternativeNames().contains { name in
            switch name.nameType {
            case .dnsName:
                address == nil && Self.matches(String(decoding: name.contents, as: UTF8.self).lowercased(), host)
            case .ipAddress: address.map { Array(name.contents) == $0.bytes } ?? false
            default: false
            }
        }
    }

    /// RFC 9525, section 6.3: a star is one whole left-most label.
    private static func matches(_ pattern: String, _ host: String) -> Bool {
        guard pattern.hasPrefix("*.") else { return pattern == host }
        return host.split(separator: ".", maxSplits: 1).last.map { pattern.dropFirst(2) == $0 } ?? false
    }
}

extension IPAddress {
    /// In network order: 4 or 16.
    fileprivate var bytes: [UInt8] {
        let all = [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
        return isIPv4 ? Array(all.suffix(4)) : all
    }
}
