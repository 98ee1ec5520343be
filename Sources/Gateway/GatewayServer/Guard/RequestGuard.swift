import NIOHTTP1

/// Judges a decoded request head: lets pass only what every HTTP program reads the same way. Pure.
struct RequestGuard: Sendable {
    let hosts: HostRule
    let targetSize: Int
    let fieldSize: Int
    let fieldCount: Int
    let bodySize: Int

    init(hosts: HostRule, limits: GatewayLimits) {
        self.hosts = hosts
        targetSize = limits.targetSize
        fieldSize = limits.fieldSize
        fieldCount = limits.fieldCount
        bodySize = limits.requestBodySize
    }

    /// - Parameter repeated: what this connection's last head said, when version and fields are the same bytes again.
    func inspect(
        _ head: HTTPRequestHead, repeated: FieldSection? = nil
    ) throws(Refusal) -> InspectedRequest {
        let version = head.version
        let isHTTP2 = version.major == 2
        guard isHTTP2 || version == .http1_1 || version == .http1_0 else {
            throw Refusal(505, .version, "Only HTTP/1.1 and HTTP/2 are spoken here.")
        }
        guard let method = RequestMethod(head.method) else {
            throw Refusal(501, .method, "This method is not served here.")
        }
        let (path, query) = try target(head.uri)
        let section: FieldSection
        if let repeated { section = repeated } else { section = try read(head) }
        if section.hasEarlyData, !method.isSafe {
            throw Refusal(425, .earlyData, "Send this request again once the handshake is complete.", closes: false)
        }
        return InspectedRequest(
            method: method, path: path, query: query, section: section, isHTTP10: version == .http1_0)
    }

    private func read(_ head: HTTPRequestHead) throws(Refusal) -> FieldSection {
        let isHTTP2 = head.version.major == 2
        guard head.headers.count <= fieldCount else {
            throw Refusal(431, .tooLarge, "The request has more than \(fieldCount) fields.")
        }
        var reading = FieldReading(fieldSize: fieldSize)
        for (name, value) in head.headers { try reading.read(name: name, value: value) }
        let framing = try reading.framing(isHTTP10: head.version == .http1_0, isHTTP2: isHTTP2, bodySize: bodySize)
        let host = try self.host(reading)
        if reading.hasUpgrade, framing.hasBody || reading.asksForWebSocket {
            throw Refusal(400, .upgrade, "No upgrade is served here.")
        }
        return FieldSection(
            fields: reading.fields, host: host, framing: framing,
            closesConnection: reading.hasUpgrade || !isHTTP2 && !head.isKeepAlive, hasEarlyData: reading.hasEarlyData)
    }

    private func host(_ reading: FieldReading) throws(Refusal) -> HostField {
        guard let value = reading.host, let host = HostField(value) else {
            throw Refusal(400, .host, "The request must name exactly one valid host.")
        }
        guard hosts.serves(host) else {
            throw Refusal(421, .unknownHost, "This host is not served here.", closes: false)
        }
        return host
    }

    /// Splits an origin-form target (RFC 9112, section 3.2.1), the only form that is served.
    private func target(_ uri: String) throws(Refusal) -> (CanonicalPath, String?) {
        guard uri.utf8.count <= targetSize else {
            throw Refusal(414, .tooLarge, "The request target is longer than \(targetSize) bytes.")
        }
        let question = uri.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path: CanonicalPath
        do throws(CanonicalPath.Fault) {
            path = try CanonicalPath(uri[..<(question ?? uri.endIndex)])
        } catch {
            throw Self.refusal(for: error)
        }
        guard let question else { return (path, nil) }
        let query = uri[uri.utf8.index(after: question)...]
        for byte in query.utf8 where byte.isControl || byte == UInt8(ascii: "#") || byte == UInt8(ascii: " ") {
            throw Refusal(400, .query, "The query has a byte that must be percent-encoded.")
        }
        return (path, String(query))
    }

    private static func refusal(for fault: CanonicalPath.Fault) -> Refusal {
        switch fault {
        case .notOriginForm:
            Refusal(400, .target, "The request target must be a path.")
        case .encodedSlash:
            Refusal(
                400, .encodedSlash,
                "A path cannot carry an encoded slash (%2F). Name the task or worker in the query instead: "
                    + "?id=… where the path would end in a task id, ?name=… where it would end in a name.",
                closes: false)
        case .dotSegment:
            // There can be nothing at such an address.
            Refusal(404, .path, "The path is not in canonical form.", closes: false)
        default:
            Refusal(400, .path, "The path is not in canonical form.", closes: false)
        }
    }
}
