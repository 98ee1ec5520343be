import Foundation
import Identity
import Logging
import Synchronization

/// What an `Authorization: Bearer calyx_…` field comes to.
package enum TokenDecision: Sendable, Equatable {
    case accepted(APIToken)
    /// Not one of ours, revoked, or over.
    case rejected
    /// Where tokens are kept has not answered for so long that nobody knows which were revoked.
    case unavailable
}

/// The API tokens, all in memory, where look-ups happen; looked for anew twice a second where they are kept.
package final class TokenStore: Sendable {
    private struct State {
        var tokens: [[UInt8]: APIToken] = [:]
        var version = ""
        /// Hashes whose last use is not stored yet.
        var used: Set<[UInt8]> = []
        /// When the tokens were last known to be current, monotonic seconds.
        var current: Double
        var isFailing = false
    }

    /// Tokens that there may be.
    private static let maximum = 1000
    /// Seconds for which tokens are accepted though nobody knows whether they were revoked meanwhile.
    private static let grace = 10.0
    private static let longestName = 64

    private let storage: any TokenStorage
    private let logger: Logger
    private let now: @Sendable () -> Double
    private let monotonic: @Sendable () -> Double
    private let state: Mutex<State>

    /// - Parameters:
    ///   - now: unix seconds.
    ///   - monotonic: seconds of a clock that never goes back.
    package init(
        storage: any TokenStorage, logger: Logger,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        monotonic: @escaping @Sendable () -> Double = TokenStore.monotonicSeconds
    ) {
        self.storage = storage
        self.logger = logger
        self.now = now
        self.monotonic = monotonic
        state = Mutex(State(current: -.infinity))
    }

    package static func monotonicSeconds() -> Double {
        Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    }

    /// Follows changes and stores uses until the task is cancelled.
    package func run() async {
        var turn = 0
        while !Task.isCancelled {
            await follow()
            turn += 1
            if turn % 20 == 0 { await storeUses() }
            try? await Task.sleep(for: .milliseconds(500))
        }
        await storeUses()
    }

    /// Reads the tokens if they changed.
    package func follow() async {
        let started = monotonic()
        do {
            let version = try await storage.version()
            if state.withLock({ $0.version != version }) {
                let tokens = try await storage.load()
                state.withLock { state in
                    let before = state.tokens
                    state.tokens = Dictionary(tokens.map { ($0.hash, $0) }, uniquingKeysWith: { first, _ in first })
                    for hash in state.used {
                        guard let own = before[hash] else { continue }
                        state.tokens[hash]?.lastUsed = own.lastUsed
                        state.tokens[hash]?.lastAddress = own.lastAddress
                    }
                    state.version = version
                }
            }
            let hadFailed = state.withLock { state in
                state.current = started
                defer { state.isFailing = false }
                return state.isFailing
            }
            if hadFailed { logger.info("API tokens can be looked for again") }
        } catch {
            let isFirst = state.withLock { state in
                defer { state.isFailing = true }
                return !state.isFailing
            }
            if isFirst {
                logger.error(
                    "API tokens cannot be looked for; soon none is accepted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Whose token the text after `Bearer ` is. From memory; called on event loops.
    package func check(_ text: some StringProtocol, from address: String) -> TokenDecision {
        guard let hash = TokenText.hash(of: text) else { return .rejected }
        let (time, moment) = (now(), monotonic())
        return state.withLock { state in
            guard moment - state.current < Self.grace else { return .unavailable }
            guard let token = state.tokens[hash], !token.isExpired(at: time) else { return .rejected }
            if time - (token.lastUsed ?? 0) >= 1 || token.lastAddress != address {
                state.tokens[hash]?.lastUsed = time
                state.tokens[hash]?.lastAddress = address
                state.used.insert(hash)
            }
            return .accepted(token)
        }
    }

    /// Whether a token that was accepted before still would be.
    package func isLive(_ token: APIToken) -> Bool {
        let time = now()
        return state.withLock { $0.tokens[token.hash].map { !$0.isExpired(at: time) } ?? false }
    }

    /// All tokens, the newest first.
    package var all: [APIToken] { state.withLock { $0.tokens.values.sorted { $0.created > $1.created } } }

    /// Makes a token. Its text is in the answer and nowhere else.
    ///
    /// - Parameter lifetime: seconds; nil: it does not end by itself.
    package func create(
        name: String, role: Role, scopes: Set<TokenScope>, lifetime: Double?, by creator: String
    ) async throws -> (text: String, token: APIToken) {
        guard Self.isName(name) else {
            throw TokenError(
                "the name must be 1 to \(Self.longestName) letters, digits, spaces, or any of - _ . @ /")
        }
        guard !scopes.isEmpty else { throw TokenError("a token needs at least one of read, metrics, operate") }
        guard !scopes.contains(.operate) || role > .viewer else {
            throw TokenError("the role viewer changes nothing: take operator or admin, or leave out the scope operate")
        }
        guard state.withLock({ $0.tokens.count < Self.maximum }) else {
            throw TokenError("there are \(Self.maximum) tokens already; revoke some first")
        }
        let (text, hash) = TokenText.random()
        let time = now()
        let token = APIToken(
            hash: hash, name: name, role: role, scopes: scopes, created: time, createdBy: creator,
            expires: lifetime.map { time + $0 })
        try await storage.insert(token)
        state.withLock { $0.tokens[hash] = token }
        return (text, token)
    }

    /// Ends a token at once, by its name or id. Nil when there is none.
    package func revoke(_ word: String) async throws -> APIToken? {
        let found = state.withLock { state in
            state.tokens.values.first { $0.name == word } ?? state.tokens.values.first { $0.id == word }
        }
        guard let found else { return nil }
        state.withLock { state in
            state.tokens[found.hash] = nil
            state.used.remove(found.hash)
        }
        _ = try await storage.delete(hash: found.hash)
        return found
    }

    package func close() async {
        await storeUses()
        try? await storage.close()
    }

    private func storeUses() async {
        let used = state.withLock { state in
            defer { state.used = [] }
            return state.used.compactMap { state.tokens[$0] }
        }
        guard !used.isEmpty else { return }
        do { try await storage.storeUses(used) } catch {
            logger.debug("last uses of API tokens could not be stored", metadata: ["error": "\(error)"])
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...longestName).contains(name.unicodeScalars.count) && name.first != " " && name.last != " "
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || " -_.@/".unicodeScalars.contains(scalar)
            }
    }
}
