/// The broker to follow, and what named it.
package struct BrokerChoice: Sendable, Equatable {
    package var url: String
    /// E.g. `--broker`, `CELERY_BROKER_URL`, `REDIS_HOST`, `default`.
    package var source: String

    package static let defaultURL = "redis://localhost:6379/0"

    /// The first that is set: `broker` from any source, `broker_api` when it is a redis URL, `REDIS_HOST`, the default.
    static func choose(
        _ values: OptionValues, environment: [String: String]
    ) -> (choice: BrokerChoice, notices: [OptionNotice]) {
        var notices: [OptionNotice] = []
        let api = values.text("broker_api")
        let apiSource = values.source(of: "broker_api").description
        if let api, !isRedis(api) {
            let reason =
                isHTTP(api)
                ? "the RabbitMQ management API is not used yet" : "it is neither a redis URL nor an http one"
            notices.append(OptionNotice(.info, "broker_api (\(apiSource)) is ignored: \(reason)"))
        }
        if let url = values.text("broker") {
            return (BrokerChoice(url: url, source: values.source(of: "broker").description), notices)
        }
        if let api, isRedis(api) { return (BrokerChoice(url: api, source: apiSource), notices) }
        guard let host = environment["REDIS_HOST"], !host.isEmpty else {
            return (BrokerChoice(url: defaultURL, source: "default"), notices)
        }
        var port = environment["REDIS_PORT"] ?? ""
        if EnvironmentOptions.isServiceLink(port) {
            notices.append(
                OptionNotice(.warning, "REDIS_PORT=\(port) was set by Kubernetes for a service; it is ignored"))
            port = ""
        }
        let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        let url = "redis://\(bracketed):\(port.isEmpty ? "6379" : port)/0"
        return (BrokerChoice(url: url, source: port.isEmpty ? "REDIS_HOST" : "REDIS_HOST and REDIS_PORT"), notices)
    }

    private static func isRedis(_ url: String) -> Bool {
        let url = url.lowercased()
        return ["redis://", "rediss://", "redis+socket://", "sentinel://", "sentinels://"]
            .contains { url.hasPrefix($0) }
    }

    private static func isHTTP(_ url: String) -> Bool {
        let url = url.lowercased()
        return url.hasPrefix("http://") || url.hasPrefix("https://")
    }
}
