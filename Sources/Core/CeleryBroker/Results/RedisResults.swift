internal import CeleryProtocol
package import Logging
import NIOCore
import NIOPosix
package import RedisClient
import Synchronization

/// Where and how results lie in Redis.
package struct RedisResultsConfiguration: Sendable {
    package var endpoint: RedisEndpoint
    /// `global_keyprefix` of `result_backend_transport_options`.
    package var keyPrefix: String
    /// Seconds that a state which we store is kept, Celery's `result_expires`.
    package var expires: Int
    package var isPassive: Bool

    package init(endpoint: RedisEndpoint, keyPrefix: String = "", expires: Int = 86_400, isPassive: Bool = false) {
        self.endpoint = endpoint
        self.keyPrefix = keyPrefix
        self.expires = expires
        self.isPassive = isPassive
    }

    /// Celery puts `_` behind a prefix that does not end in a separator.
    var separatedPrefix: String {
        guard let last = keyPrefix.last else { return "" }
        return ":_-.".contains(last) ? keyPrefix : keyPrefix + "_"
    }
}

/// Celery's Redis result backend: one key per task, and every change is published on the channel of the same name.
package final class RedisResults: ResultBackend {
    private let configuration: RedisResultsConfiguration
    private let prefix: String
    private let group: MultiThreadedEventLoopGroup
    private let commands: RedisClient
    private let channels: RedisChannels
    private let health: BackendHealth
    private let followers = ResultFollowers()

    /// Nothing is connected before `run()`.
    package init(configuration: RedisResultsConfiguration, logger: Logger) {
        self.configuration = configuration
        prefix = configuration.separatedPrefix
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let endpoint = configuration.endpoint
        let health = BackendHealth(connectingTo: endpoint.maskedURL, logger: logger)
        self.health = health
        commands = RedisClient(endpoint: endpoint, group: group) { health.changed(to: $0) }
        channels = RedisChannels(endpoint: endpoint, group: group)
    }

    package var summary: ResultBackendSummary {
        ResultBackendSummary(kind: .redis, url: configuration.endpoint.maskedURL, problem: health.problem)
    }

    package func run() async {
        await withTaskGroup { group in
            group.addTask { await self.commands.run() }
            group.addTask { await self.channels.run() }
        }
        commands.close()
        try? await group.shutdownGracefully()
    }

    package func result(of taskID: String) async throws(ResultError) -> StoredResult? {
        try await results(of: [taskID])[taskID]
    }

    package func results(of taskIDs: [String]) async throws(ResultError) -> [String: StoredResult] {
        guard !taskIDs.isEmpty else { return [:] }
        let reply = try await one(RedisCommand(["MGET"] + taskIDs.map(key)))
        guard let values = reply.elements, values.count == taskIDs.count else {
            throw .unavailable("The result backend answered something odd.")
        }
        var found: [String: StoredResult] = [:]
        for case (let id, .bulk(let bytes)) in zip(taskIDs, values) {
            found[id] = ResultMeta.result(of: id, from: bytes)
        }
        return found
    }

    package func follow(_ taskID: String) -> AsyncStream<StoredResult> {
        let channel = key(taskID)
        let channels = channels
        return followers.follow(taskID) {
            channels.follow(channel) { [weak self] event in
                switch event {
                case .subscribed: self?.fetch(taskID)
                case .message(let bytes):
                    self?.followers.take(published: ResultMeta.result(of: taskID, from: bytes))
                }
            }
        } onLast: {
            channels.unfollow(channel)
        }
    }

    package func forget(_ taskID: String) async throws(ResultError) -> Bool {
        guard !configuration.isPassive else { throw .passive }
        return try await one(RedisCommand("DEL", key(taskID))).integer ?? 0 > 0
    }

    package func abort(_ taskID: String) async throws(ResultError) -> String {
        guard !configuration.isPassive else { throw .passive }
        return try await RedisAbort(
            endpoint: configuration.endpoint, group: group, key: key(taskID), taskID: taskID,
            expires: configuration.expires
        ).run()
    }

    package func group(_ groupID: String) async throws(ResultError) -> StoredGroup? {
        guard case .bulk(let bytes) = try await one(RedisCommand("GET", prefix + "celery-taskset-meta-" + groupID))
        else {
            return nil
        }
        return ResultMeta.group(groupID, from: bytes)
    }

    private func key(_ taskID: String) -> String { prefix + "celery-task-meta-" + taskID }

    /// What is stored already goes to those who follow.
    private func fetch(_ taskID: String) {
        guard let generation = followers.generation(of: taskID) else { return }
        Task {
            // A failure shows in the summary; the subscription is told anew after a reconnect.
            guard let stored = try? await result(of: taskID) else { return }
            followers.take(fetched: stored, generation: generation)
        }
    }

    private func one(_ command: RedisCommand) async throws(ResultError) -> RedisReply {
        do throws(RedisError) {
            let reply = try await commands.send(command)
            if let error = reply.errorText { throw RedisError(.server, "It answered: \(error.prefix(200))") }
            return reply
        } catch {
            throw .unavailable("The result backend does not answer: \(error.message)")
        }
    }
}
