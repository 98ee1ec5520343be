import GatewayServer
import Options
import RedisClient
import SignIn

/// What only the parts that will use a setting can tell of it.
struct ConfigurationChecks {
    /// All problems, those of loading included.
    private(set) var problems: [OptionProblem]

    init(_ loaded: LoadedSettings) {
        problems = loaded.problems
        let settings = loaded.settings
        checkBroker(settings)
        checkResultBackend(settings)
        checkSessionStore(settings)
        checkAddresses(settings)
        checkSignIn(settings)
    }

    private mutating func refuse(_ name: String, _ read: String, _ settings: Settings, _ reason: String) {
        let source = settings.values.source(of: name).description
        problems.append(OptionProblem("\(name): read '\(read)' from \(source); \(reason)"))
    }

    private mutating func checkBroker(_ settings: Settings) {
        let broker = settings.broker
        do throws(RedisURLError) {
            _ = try RedisURL(broker.choice.url, sentinel: BrokerAssembly.sentinel(settings))
        } catch {
            problems.append(
                OptionProblem("broker: read '\(broker.shownURL)' from \(broker.choice.source); \(error.message)"))
        }
    }

    private mutating func checkResultBackend(_ settings: Settings) {
        guard let text = settings.broker.resultBackend,
            ["redis", "sentinel"].contains(where: text.lowercased().hasPrefix)
        else { return }
        do throws(RedisURLError) {
            _ = try RedisURL(text, sentinel: BrokerAssembly.sentinel(settings))
        } catch {
            refuse("result_backend", URLMask.mask(text), settings, error.message)
        }
    }

    private mutating func checkSessionStore(_ settings: Settings) {
        guard let text = settings.sessions.store else { return }
        do throws(RedisURLError) {
            _ = try RedisURL(text, sentinel: BrokerAssembly.sentinel(settings))
        } catch {
            refuse("session_store", URLMask.mask(text), settings, error.message)
        }
    }

    private mutating func checkAddresses(_ settings: Settings) {
        for range in settings.listen.trustedProxies where AddressRange(range) == nil {
            refuse(
                "trusted_proxies", range, settings,
                "allowed are addresses and CIDR ranges without host bits, e.g. 10.0.0.0/8, 127.0.0.1, ::1")
        }
        for host in settings.listen.allowedHosts where ExternalURL("http://\(host)") == nil || host.contains("/") {
            refuse("allowed_hosts", host, settings, "allowed are host names, perhaps with a port")
        }
        if let url = settings.listen.externalURL, ExternalURL(url.trimmed) == nil {
            refuse("external_url", url.trimmed, settings, "allowed is a URL such as https://example.com/flower")
        }
        if PathPrefix(settings.listen.urlPrefix) == nil {
            refuse("url_prefix", settings.listen.urlPrefix, settings, "allowed is a path such as /flower")
        }
        if let address = settings.listen.address, !settings.signIn.isConfigured, settings.listen.unixSocket == nil,
            SocketEndpoint(host: address, port: 0).isLoopback == false
        {
            refuse(
                "address", address, settings,
                "only this machine is allowed while nobody is configured to sign in; set basic_auth_file, basic_auth or "
                    + "auth_provider")
        }
    }

    private mutating func checkSignIn(_ settings: Settings) {
        problems += AccessAssembly(settings).problems + ProviderAssembly.problems(settings)
    }
}
