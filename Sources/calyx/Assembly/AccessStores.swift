import APITokens
import AuditTrail
import Identity
import Logging
import NIOPosix
import Options
import RedisClient
import SessionStore

/// Where the gateway keeps sessions, API tokens and the audit record: files in the state directory, or a Redis for the first
/// two when several gateways share them.
struct AccessStores {
    let sessions: any SessionStore
    let tokens: TokenStore
    let audit: AuditTrail

    init(_ settings: Settings) async throws {
        sessions = try await Self.sessions(settings)
        tokens = try await Self.tokens(settings)
        audit = try await AuditTrail(
            path: settings.state.auditFile,
            retention: AuditRetention(age: settings.sessions.auditRetain, entries: settings.sessions.auditEntries),
            logger: Logger(label: "audit"))
    }

    /// The sessions alone.
    static func sessions(_ settings: Settings) async throws -> any SessionStore {
        let keys = try keys(settings)
        var limits = SessionLimits()
        limits.idle = settings.sessions.idle
        limits.absolute = settings.sessions.lifetime
        limits.sessions = settings.sessions.maximum
        let logger = Logger(label: "sessions")
        if let url = settings.sessions.store {
            let endpoint = try endpoint(url, settings)
            let store = RedisSessionStore(
                endpoint: endpoint, prefix: settings.sessions.storePrefix, sealing: keys, limits: limits,
                group: MultiThreadedEventLoopGroup.singleton, logger: logger)
            do {
                try await store.waitUntilConnected(seconds: patience)
            } catch {
                throw StartupError("session_store: \(error)")
            }
            return store
        }
        return try await SQLiteSessionStore(
            path: settings.state.sessionsFile, sealing: keys, limits: limits, logger: logger)
    }

    /// The API tokens alone, for `calyx token`.
    static func tokens(_ settings: Settings) async throws -> TokenStore {
        let logger = Logger(label: "tokens")
        guard let url = settings.sessions.store else {
            return TokenStore(
                storage: try await SQLiteTokenStorage(path: settings.state.tokensFile, logger: logger), logger: logger)
        }
        let keys = try keys(settings)
        let sealing = RedisTokenStorage.Sealing(
            seal: { try keys.seal($0, record: $1) }, open: { try keys.open($0, record: $1) })
        let storage = RedisTokenStorage(
            endpoint: try endpoint(url, settings), group: MultiThreadedEventLoopGroup.singleton,
            prefix: settings.sessions.storePrefix, sealing: sealing)
        do {
            try await storage.waitUntilConnected(seconds: patience)
        } catch {
            throw StartupError("session_store: \(error)")
        }
        return TokenStore(storage: storage, logger: logger)
    }

    func close(_ logger: Logger) async {
        do {
            try await sessions.close()
        } catch {
            logger.warning("when sessions were last used could not be written", metadata: ["error": "\(error)"])
        }
        await tokens.close()
        await audit.close()
    }

    static func endpoint(_ url: String, _ settings: Settings) throws(StartupError) -> RedisEndpoint {
        do throws(RedisURLError) {
            return try RedisURL(url, sentinel: BrokerAssembly.sentinel(settings)).endpoint
        } catch {
            throw StartupError("session_store: \(settings.sessions.shownStore ?? ""); \(error.message)")
        }
    }

    /// Seconds for which the start waits for Redis.
    private static let patience = 10.0

    private static func keys(_ settings: Settings) throws(StartupError) -> SealingKeys {
        let file = KeyFile(
            option: "session_key_file", path: settings.sessions.keyFile, mode: 0o600,
            shortest: SealingKeys.minimumKeyLength)
        if file.isOpenToAll {
            throw StartupError("session_key_file: everybody on this machine can read \(file.path); chmod 600 it")
        }
        return try file.load { SealingKeys($0) }
    }
}
