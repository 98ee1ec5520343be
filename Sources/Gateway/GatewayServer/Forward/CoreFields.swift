import PageKit

/// Which fields of a core answer reach the client, and what else this pass finds out.
struct CoreFields {
    private(set) var fields: [(String, String)] = []
    /// The core sent our content policy itself.
    private(set) var hasPolicy = false
    private(set) var isEventStream = false
    /// What the core said of an action, for the audit trail.
    private(set) var auditNote: String?

    /// - Parameters:
    ///   - prefix: put before a `Location` that is a path without it.
    ///   - keepsCaching: the answer is a static file with a hash in its address.
    init(_ headers: [(String, String)], prefix: String, keepsCaching: Bool) {
        fields.reserveCapacity(headers.count + 10)
        for (name, value) in headers {
            switch Self.fate(of: name) {
            case .dropped: continue
            case .audit:
                auditNote = value
                continue
            // Beside any other policy ours is sent as well: browsers keep to both.
            case .policy: if value == ContentSecurityPolicy.value { hasPolicy = true }
            case .caching: if !keepsCaching { continue }
            case .location:
                fields.append((name, Self.location(value, prefix: prefix)))
                continue
            case .contentType: isEventStream = value.utf8.starts(with: "text/event-stream".utf8)
            case .kept: break
            }
            fields.append((name, value))
        }
    }

    private enum Fate { case kept, dropped, audit, policy, caching, location, contentType }

    /// Dropped are hop-by-hop fields, cookies (the core has none to set), what the gateway says itself, and what is between
    /// core and gateway only.
    private static func fate(of name: String) -> Fate {
        if isDirective(name) { return .dropped }
        return switch name.utf8.count {
        case 2: among(name, "te")
        case 6: among(name, "server")
        case 7: among(name, "trailer", "upgrade")
        case 8: name.equalsFoldingASCII("location") ? .location : .kept
        case 10: among(name, "connection", "keep-alive", "set-cookie", "x-sendfile")
        case 11: name.equalsFoldingASCII("calyx-audit") ? .audit : among(name, "set-cookie2")
        case 12:
            name.equalsFoldingASCII("content-type") ? .contentType : among(name, "x-request-id")
        case 13: name.equalsFoldingASCII("cache-control") ? .caching : .kept
        case 15: among(name, "referrer-policy", "x-frame-options")
        case 16: among(name, "proxy-connection")
        case 17: among(name, "transfer-encoding")
        case 18: among(name, "proxy-authenticate")
        case 22: among(name, "x-content-type-options")
        case 23: name.equalsFoldingASCII("content-security-policy") ? .policy : .kept
        case 25: among(name, "strict-transport-security")
        case 26: among(name, "cross-origin-opener-policy")
        case 28: among(name, "cross-origin-resource-policy")
        default: .kept
        }
    }

    /// Fields that a proxy in front would obey, or that open the service to other origins.
    private static func isDirective(_ name: String) -> Bool {
        guard let first = name.utf8.first, first | 0x20 == UInt8(ascii: "x") || first | 0x20 == UInt8(ascii: "a") else {
            return false
        }
        let lower = name.lowercased()
        return lower.hasPrefix("x-accel-") || lower.hasPrefix("access-control-")
    }

    private static func among(_ name: String, _ dropped: StaticString...) -> Fate {
        dropped.contains { name.equalsFoldingASCII($0) } ? .dropped : .kept
    }

    /// A path that is not under the prefix yet gets it; anything else could lead away and becomes the start page.
    private static func location(_ value: String, prefix: String) -> String {
        var bytes = value.utf8.makeIterator()
        let first = bytes.next(), second = bytes.next()
        let isPath = first == UInt8(ascii: "/") && second != UInt8(ascii: "/") && second != UInt8(ascii: "\\")
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }
        guard isPath, isPlain else { return prefix + "/" }
        return value.utf8.starts(with: "\(prefix)/".utf8) ? value : prefix + value
    }
}
