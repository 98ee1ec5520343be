import Logging
import Options
import OutboundHTTP
import SignIn

/// The sign-in providers of the settings, ready to use.
enum ProviderAssembly {
    static func providers(_ settings: Settings, _ policy: AccessPolicy) throws(OptionProblem) -> [any SignInProvider] {
        var providers: [any SignInProvider] = []
        for provider in settings.signIn.providers { providers.append(try make(provider, policy)) }
        return providers
    }

    /// What is wrong with each of them.
    static func problems(_ settings: Settings) -> [OptionProblem] {
        settings.signIn.providers.compactMap { provider in
            do throws(OptionProblem) {
                _ = try make(provider, AccessPolicy([]))
                return nil
            } catch {
                return error
            }
        }
    }

    private static func make(
        _ provider: Settings.Provider, _ policy: AccessPolicy
    ) throws(OptionProblem) -> any SignInProvider {
        func problem(_ text: String) -> OptionProblem { OptionProblem("\(provider.origin): \(text)") }
        let logger = Logger(label: "sign-in")
        if provider.kind == .github {
            guard let endpoints = GitHubEndpoints(baseURL: provider.server) else {
                throw problem("\(provider.server) is not a URL of a server")
            }
            return GitHubProvider(
                id: provider.id, displayName: provider.name, endpoints: endpoints, clientID: provider.clientID,
                clientSecret: provider.clientSecret, rules: policy, http: client(endpoints.origins), logger: logger)
        }
        guard let issuer = IssuerURL(provider.server) else {
            throw problem("'\(provider.server)' is not an https URL; http is allowed only on this machine")
        }
        var configuration = OIDCConfiguration(
            id: provider.id, kind: provider.signInKind, displayName: provider.name, issuer: issuer,
            clientID: provider.clientID, clientSecret: provider.clientSecret)
        if !provider.scopes.isEmpty {
            guard provider.scopes.contains("openid") else { throw problem("scopes: openid is missing") }
            configuration.scopes = provider.scopes
        }
        if let claim = provider.groupsClaim { configuration.groupsClaim = claim }
        if !provider.algorithms.isEmpty {
            let unknown = Set(provider.algorithms).subtracting(OIDCConfiguration.supportedAlgorithms)
            guard unknown.isEmpty else {
                throw problem(
                    "algorithms: \(unknown.sorted().joined(separator: ", ")) cannot be used; allowed are "
                        + OIDCConfiguration.supportedAlgorithms.sorted().joined(separator: ", "))
            }
            configuration.algorithms = Set(provider.algorithms)
        }
        for host in provider.endpointHosts {
            guard let origin = OutboundOrigin(host.contains("://") ? host : "https://\(host)") else {
                throw problem("endpoint_hosts: '\(host)' is no host")
            }
            configuration.endpointOrigins.insert(origin)
        }
        configuration.googleDirectory = try directory(provider, problem)
        let origins = configuration.origins.union(configuration.googleDirectory?.origins ?? [])
        return OIDCProvider(configuration, rules: policy, http: client(origins), logger: logger)
    }

    private static func directory(
        _ provider: Settings.Provider, _ problem: (String) -> OptionProblem
    ) throws(OptionProblem) -> GoogleDirectory? {
        guard let path = provider.googleServiceAccountFile else { return nil }
        guard let administrator = provider.googleAdministrator else {
            throw problem("google_admin is missing: the address of an administrator, for whom the account asks")
        }
        let file: [UInt8]
        do throws(SmallFile.Failure) {
            file = try SmallFile.bytes(at: path)
        } catch {
            throw problem("google_service_account_file: cannot read \(path): \(error.reason)")
        }
        guard let directory = GoogleDirectory(file: file, administrator: administrator) else {
            throw problem("google_service_account_file: \(path) is no key file of a service account")
        }
        return directory
    }

    private static func client(_ origins: Set<OutboundOrigin>) -> OutboundHTTPClient {
        OutboundHTTPClient(configuration: OutboundHTTPConfiguration(allowedOrigins: origins))
    }
}
