import Crypto
import Foundation
import Identity
import Logging
import NIOCore
import RedisClient
import Synchronization

/// Sessions in Redis, for several gateways. A session that Redis confirmed within the last second is known without
/// asking; any other is asked for, and while Redis does not answer, nobody is let in by a session that is older than that.
///
/// Redis judges idle and absolute lifetime by its own clock, each gateway by its own two as well.
package final class RedisSessionStore: SessionStore {
    private let client: RedisClient
    private let channels: RedisChannels
    private let prefix: String
    private let sealing: SealingKeys
    private let limits: SessionLimits
    private let now: @Sendable () -> ClockReading
    private let cache: Mutex<SessionCache>
    private let count = Atomic(0)
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// Connects in the background; `waitUntilConnected` tells when it has.
    ///
    /// - Parameters:
    ///   - prefix: of all keys. Installations that share a Redis have different ones.
    ///   - sealing: the same keys in every gateway.
    package init(
        endpoint: RedisEndpoint, prefix: String, sealing: SealingKeys, limits: SessionLimits = SessionLimits(),
        group: any EventLoopGroup, logger: Logger, now: @escaping @Sendable () -> ClockReading = ClockReading.system
    ) {
        self.prefix = prefix
        self.sealing = sealing
        self.limits = limits
        self.now = now
        cache = Mutex(SessionCache(limits: limits))
        let health = RedisHealth(logger: logger)
        client = RedisClient(endpoint: endpoint, group: group) { health.changed(to: $0) }
        channels = RedisChannels(endpoint: endpoint, group: group)
        channels.follow(prefix + "changed") { [weak self] in self?.received($0) }
        // Ended by `close`.
        tasks.withLock {
            $0 = [
                Task { [client] in await client.run() }, Task { [channels] in await channels.run() },
                Task { [weak self] in
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(10))
                        await self?.maintain()
                    }
                },
            ]
        }
    }

    deinit { for task in tasks.withLock({ $0 }) { task.cancel() } }

    /// Waits until Redis answers; throws the reason when it does not within `seconds`.
    package func waitUntilConnected(seconds: Double) async throws {
        let deadline = now().monotonic + seconds
        while true {
            do {
                _ = try await run(RedisCommand("PING"))
                return
            } catch {
                guard now().monotonic < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    package var sessionCount: Int { count.load(ordering: .relaxed) }

    package func recall(_ id: SessionID, isUse: Bool) -> SessionRecall {
        let reading = now()
        return cache.withLock { $0.recall(id, isUse: isUse, at: reading) }
    }

    package func find(_ token: String, isUse: Bool) async throws -> Session? {
        guard let id = SessionID(token: token) else { return nil }
        switch recall(id, isUse: isUse) {
        case .live(let session): return session
        case .none: return nil
        case .unknown: break
        }
        let reading = now()
        let reply = try await script(
            RedisScripts.find, id.hex, isUse ? "1" : "0", Self.milliseconds(reading.wall),
            Self.milliseconds(limits.idle))
        guard let fields = reply.elements, let stored = session(id, fields[...]) else {
            cache.withLock { $0.forget([id]) }
            return nil
        }
        if let live = cache.withLock({ $0.confirm(stored, isUse: isUse, at: reading) }) { return live }
        try await end(id: id)
        return nil
    }

    package func create(
        for principal: Principal, credential: [UInt8]?, userAgent: String, address: String
    ) async throws -> (token: String, session: Session) {
        let reading = now()
        let (random, session) = Session.begin(
            for: principal, limits: limits, userAgent: userAgent, address: address, at: reading.wall)
        var command = RedisCommand("EVAL", RedisScripts.create, "0", prefix, session.id.hex)
        command.append(try SessionRecord(session).sealed(sealing, for: session.id))
        command.append(try credential.map { try sealing.seal($0, record: session.id.bytes) } ?? [])
        for argument in [
            Self.milliseconds(reading.wall), Self.milliseconds(limits.idle), Self.milliseconds(limits.absolute),
            Self.key(of: SessionOwner(principal)), "\(limits.sessions)", "\(limits.sessionsPerPrincipal)",
        ] { command.append(argument.utf8) }
        counted(try await run(command))
        _ = cache.withLock { $0.confirm(session, isUse: false, at: reading) }
        return (SessionToken.text(random), session)
    }

    package func list(of owner: SessionOwner?) async throws -> [Session] {
        let stored = sessions(try await script(RedisScripts.list, owner.map(Self.key) ?? ""))
        let wall = now().wall
        return stored.filter { $0.idleExpires > wall && owner?.owns($0) ?? true }.sorted { $0.lastSeen > $1.lastSeen }
    }

    package func end(token: String) async throws {
        guard let id = SessionID(token: token) else { return }
        try await end(id: id)
    }

    @discardableResult
    package func end(id: SessionID) async throws -> Session? {
        // At once for this gateway, even when Redis does not answer: then this throws, and so does whoever asks again.
        cache.withLock { $0.forget([id]) }
        guard case .bulk(let record) = try await script(RedisScripts.end, id.hex) else { return nil }
        count.subtract(count.load(ordering: .relaxed) > 0 ? 1 : 0, ordering: .relaxed)
        let now = now().wall
        return try? SessionRecord(sealed: record, sealing, for: id).session(id, lastSeen: now, idle: limits.idle)
    }

    @discardableResult
    package func endAll(of owner: SessionOwner, except kept: SessionID?) async throws -> Int {
        let reply = try await script(RedisScripts.endAll, Self.key(of: owner), kept?.hex ?? "")
        cache.withLock { $0.doubtAll() }
        return Int(reply.integer ?? 0)
    }

    package func unchecked(since time: Double, limit: Int) async throws -> [Session] {
        sessions(try await script(RedisScripts.unchecked, Self.milliseconds(time), "\(limit)"))
            .sorted { $0.membershipChecked < $1.membershipChecked }
    }

    package func claimCheck(of id: SessionID, for seconds: Double) async throws -> Bool {
        let reply = try await run(
            RedisCommand("SET", "\(prefix)check:\(id.hex)", "1", "NX", "PX", Self.milliseconds(seconds)))
        return reply.text == "OK"
    }

    package func credential(of id: SessionID) async throws -> [UInt8]? {
        guard case .bulk(let sealed) = try await run(RedisCommand("HGET", "\(prefix)session:\(id.hex)", "c")),
            !sealed.isEmpty
        else { return nil }
        return try sealing.open(sealed, record: id.bytes)
    }

    package func checked(_ id: SessionID, principal: Principal, credential: [UInt8]?) async throws {
        let wall = now().wall
        let fields = try await script(RedisScripts.find, id.hex, "0", "0", "0").elements ?? []
        guard var session = session(id, fields[...]) else { return }
        session.principal = principal
        session.membershipChecked = wall
        var command = RedisCommand("EVAL", RedisScripts.update, "0", prefix, id.hex)
        command.append(try SessionRecord(session).sealed(sealing, for: id))
        command.append(Self.milliseconds(wall).utf8)
        command.append(try credential.map { try sealing.seal($0, record: id.bytes) } ?? [])
        _ = try await run(command)
    }

    package func begin(flow: SignInFlow, browser: String) async throws {
        let record = try sealing.seal(
            [UInt8](JSONEncoder().encode(flow)), record: FlowHash.state(flow.state))
        var command = RedisCommand("EVAL", RedisScripts.begin, "0", prefix)
        command.append(FlowHash.hex(FlowHash.state(flow.state)).utf8)
        command.append(FlowHash.hex(FlowHash.browser(browser)).utf8)
        command.append(record)
        for argument in [
            Self.milliseconds(flow.created), Self.milliseconds(SignInFlow.lifetime), "\(limits.flows)",
            "\(limits.flowsPerBrowser)",
        ] { command.append(argument.utf8) }
        _ = try await run(command)
    }

    package func take(flowState: String, browser: String) async throws -> SignInFlow? {
        let hash = FlowHash.state(flowState)
        let reply = try await script(
            RedisScripts.take, FlowHash.hex(hash), FlowHash.hex(FlowHash.browser(browser)))
        guard case .bulk(let sealed) = reply else { return nil }
        let json = try sealing.open(sealed, record: hash)
        let flow = try JSONDecoder().decode(SignInFlow.self, from: Data(json))
        // Too old, or from the future: the clock was set back since.
        return abs(now().wall - flow.created) < SignInFlow.lifetime ? flow : nil
    }

    package func close() async throws {
        let running = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in running { task.cancel() }
        for task in running { await task.value }
        client.close()
        cache.withLock { $0 = SessionCache(limits: limits) }
    }

    // MARK: Redis

    private func script(_ text: String, _ arguments: String...) async throws -> RedisReply {
        try await run(RedisCommand(["EVAL", text, "0", prefix] + arguments))
    }

    private func run(_ command: RedisCommand) async throws -> RedisReply {
        guard !tasks.withLock({ $0.isEmpty }) else { throw SessionStoreError(.closed, "The session store is closed") }
        let reply: RedisReply
        do throws(RedisError) {
            reply = try await client.send(command)
        } catch {
            throw SessionStoreError(error.kind == .overloaded ? .overloaded : .unavailable, error.message)
        }
        if let text = reply.errorText { throw SessionStoreError(.unavailable, "Redis answered: \(text.prefix(200))") }
        return reply
    }

    /// Id, record and last seen, and so on.
    private func sessions(_ reply: RedisReply) -> [Session] {
        let fields = reply.elements ?? []
        return stride(from: 0, to: fields.count - 2, by: 3).compactMap { index in
            fields[index].text.flatMap(SessionID.init(hex:)).flatMap { session($0, fields[(index + 1)...]) }
        }
    }

    /// Record and last seen, as the scripts return them. What another key sealed, or nobody, is no session.
    private func session(_ id: SessionID, _ fields: ArraySlice<RedisReply>) -> Session? {
        guard fields.count >= 2, case .bulk(let record) = fields[fields.startIndex],
            let seen = fields[fields.startIndex + 1].text.flatMap(Double.init)
        else { return nil }
        return try? SessionRecord(sealed: record, sealing, for: id)
            .session(id, lastSeen: seen / 1000, idle: limits.idle)
    }

    private func counted(_ reply: RedisReply) {
        if let number = reply.integer { count.store(Int(number), ordering: .relaxed) }
    }

    private func received(_ event: RedisChannels.Event) {
        switch event {
        case .subscribed: cache.withLock { $0.doubtAll() }
        case .message(let text):
            guard let id = SessionID(hex: String(decoding: text, as: UTF8.self)) else { return }
            cache.withLock { $0.forget([id]) }
        }
    }

    private func maintain() async {
        let reading = now()
        cache.withLock { $0.sweep(at: reading) }
        let old = Self.milliseconds(reading.wall - limits.idle)
        _ = try? await run(RedisCommand("ZREMRANGEBYSCORE", prefix + "sessions", "-inf", old))
        if let reply = try? await run(RedisCommand("ZCARD", prefix + "sessions")) { counted(reply) }
    }

    private static func milliseconds(_ seconds: Double) -> String { String(Int64((seconds * 1000).rounded())) }

    /// Names an owner without saying who it is.
    private static func key(of owner: SessionOwner) -> String {
        var hash = SHA256()
        for part in [owner.provider, owner.subject] {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return FlowHash.hex(Array(hash.finalize()))
    }
}
