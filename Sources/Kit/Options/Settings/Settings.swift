/// The checked configuration, by area. What the network can reach is decided by these values only.
package struct Settings: Sendable {
    package internal(set) var broker: Broker
    package internal(set) var listen: Listen
    package internal(set) var signIn: SignIn
    package internal(set) var sessions: Sessions
    package internal(set) var limits: Limits
    package internal(set) var pages: Pages
    package internal(set) var core: Core
    package internal(set) var history: History
    package internal(set) var logging: Logging
    package internal(set) var state: StateDirectory
    /// The configuration file in use.
    package internal(set) var file: String?
    /// Every option with its source, for `config print`.
    package internal(set) var values: OptionValues

    package struct Broker: Sendable {
        package var choice: BrokerChoice
        /// With the password masked.
        package var shownURL: String
        package var cluster: String
        package var enableEvents: Bool
        package var passive: Bool
        /// Seconds.
        package var inspectTimeout: Double
        /// Commands per second.
        package var commandRate: Double
        /// A URL; nil: none.
        package var resultBackend: String?
        /// For `sentinel://` URLs.
        package var sentinelMaster: String?
        package var sentinelUser: String?
        package var sentinelPassword: String?
        package var celery: Celery
    }

    /// How the Celery application names things.
    package struct Celery: Sendable {
        package enum FanoutPrefix: Sendable, Equatable {
            /// `/{db}.`
            case database
            case none
            case text(String)
        }

        package var keyPrefix: String
        package var fanoutPrefix: FanoutPrefix
        package var fanoutPatterns: Bool
        /// Ascending.
        package var prioritySteps: [Int]
        /// Nil: kombu's own.
        package var separator: String?
        package var unackedKey: String
        package var eventExchange: String
        package var eventQueuePrefix: String
        package var controlExchange: String
        package var defaultQueue: String
        package var queues: [String]
        package var resultKeyPrefix: String
        /// By `task` and `group`.
        package var resultTables: [String: String]
        package var resultSchemas: [String: String]
    }

    package struct Listen: Sendable {
        package enum PrefixMode: String, Sendable { case auto, kept, stripped }

        /// Nil: not set, which means all interfaces, or loopback while nothing is configured for signing in.
        package var address: String?
        package var port: Int
        package var unixSocket: String?
        package var certificateFile: String?
        package var keyFile: String?
        /// Authorities of client certificates.
        package var clientAuthorities: String?
        package var requiresClientCertificate: Bool
        /// Empty, or like `/a/b`.
        package var urlPrefix: String
        package var prefixMode: PrefixMode
        package var externalURL: WebURL?
        package var allowedHosts: [String]
        /// Addresses and CIDR ranges, as written.
        package var trustedProxies: [String]
        package var trustsLoopback: Bool
        /// Nil: no admin listener.
        package var admin: SocketEndpoint?
    }

    package struct SignIn: Sendable {
        package struct User: Sendable {
            package var name: String
            package var password: String
        }

        package var users: [User]
        package var usersFile: String?
        package var providers: [Provider]
        /// Flower's rule, as written.
        package var auth: String?
        /// The rules of `access`, in their order.
        package var access: [OptionRecord]
        /// Groups that Flower's GitLab handler asks for beside `auth`, and the level in them.
        package var gitLabGroups: [String]
        package var gitLabLevel: Int
        package var cookieName: String?
        package var readOnly: Bool
        package var unauthenticatedAPI: Bool
        package var openMetrics: Bool

        /// Somebody besides the generated first user can sign in.
        package var isConfigured: Bool { !users.isEmpty || usersFile != nil || !providers.isEmpty }
    }

    /// One sign-in provider.
    package struct Provider: Sendable {
        package enum Kind: String, Sendable, CaseIterable { case github, google, gitlab, okta, oidc }

        package var kind: Kind
        /// Names it in paths and in rules.
        package var id: String
        /// On its button; nil: the kind's own.
        package var name: String?
        package var clientID: String
        package var clientSecret: String
        /// The server's address (GitHub) or the issuer (all others).
        package var server: String
        /// Nil: `{external_url}/oauth2/callback/{id}`.
        package var redirectURI: String?
        /// Empty: the kind's own.
        package var scopes: [String]
        package var groupsClaim: String?
        /// Empty: the usual ones.
        package var algorithms: [String]
        package var endpointHosts: [String]
        package var googleServiceAccountFile: String?
        package var googleAdministrator: String?
        /// For messages: the option, with the place in its file.
        package var origin: String
    }

    /// Times in seconds.
    package struct Sessions: Sendable {
        /// A Redis URL; nil: a file in the state directory.
        package var store: String?
        /// With the password masked.
        package var shownStore: String?
        package var storePrefix: String
        package var keyFile: String
        package var idle: Double
        package var lifetime: Double
        package var maximum: Int
        package var membershipInterval: Int
        package var auditRetain: Double
        package var auditEntries: Int
        /// As browsers write them in `Origin`.
        package var corsOrigins: [String]
    }

    package struct Limits: Sendable {
        package var tasks: Int
        package var workers: Int
        /// Bytes.
        package var memory: Int
        /// Seconds.
        package var purgeOfflineWorkers: Double?
        package var connections: Int
        package var connectionsPerAddress: Int
        /// Bytes.
        package var bodySize: Int
        /// Bytes.
        package var headerSize: Int
        package var requestsPerConnection: Int
        package var http2Streams: Int
        package var streams: Int
        package var streamsPerUser: Int
        package var coreConnections: Int
        /// Bytes per second.
        package var bodyRate: Int
        package var times: Times

        /// Whole seconds.
        package struct Times: Sendable {
            package var handshake: Int
            package var header: Int
            package var idle: Int
            package var write: Int
            package var core: Int
        }
    }

    package struct Pages: Sendable {
        package var autoRefresh: Bool
        package var naturalTime: Bool
        package var tasksColumns: [String]
        /// Flower's list of objects instead of a flat map.
        package var flowerQueueLengths: Bool
        /// Ascending, in seconds, without infinity.
        package var runtimeBuckets: [Double]
    }

    package struct Core: Sendable {
        package enum Endpoint: Sendable, Equatable {
            case unix(path: String)
            case tcp(SocketEndpoint)
            case tls(SocketEndpoint, TLSFiles)
        }

        /// This half's certificate and key, and the authority that the other half's certificate must come from.
        package struct TLSFiles: Sendable, Equatable {
            package var certificate: String
            package var key: String
            package var authorities: String
        }

        package var endpoint: Endpoint
        /// Named by an option: the socket is then shared with another user's gateway (mode 0660).
        package var isShared: Bool
        /// The user whose processes alone may connect.
        package var peerUID: UInt32?
        package var assertionKeyFile: String
    }

    package struct Logging: Sendable {
        package enum Level: String, Sendable { case debug, info, warning, error, none }

        package var level: Level
        package var isJSON: Bool
    }
}

/// What came of reading the configuration: settings that stand in for bad values with defaults, and all that is wrong.
package struct LoadedSettings: Sendable {
    package var settings: Settings
    /// Nothing may start while there is one.
    package var problems: [OptionProblem]
    package var notices: [OptionNotice]
}

extension Settings {
    /// Reads and checks the configuration. `directory` is where relative files are looked for.
    package static func load(
        _ arguments: ParsedArguments, environment: [String: String], directory: String
    ) -> LoadedSettings {
        let resolver = OptionResolver(arguments: arguments, environment: environment, directory: directory)
        var reader = SettingsReader(resolver.values, environment: environment, directory: directory)
        let settings = reader.read(file: resolver.file)
        return LoadedSettings(
            settings: settings, problems: resolver.problems + reader.problems,
            notices: resolver.notices + reader.notices)
    }
}
