internal import NIOCore

/// Asks Sentinels where the master is now: all at once, and what most of them say counts, because one that was cut off may
/// still name an old master.
struct SentinelQuery {
    private static let patience = TimeAmount.seconds(1)

    let sentinel: RedisSentinel
    let group: any EventLoopGroup

    func master() async throws(RedisError) -> RedisSentinel.Node {
        let outcome: Result<RedisSentinel.Node, RedisError> = await withTaskGroup { tasks in
            for node in sentinel.nodes { tasks.addTask { await self.ask(node) } }
            var votes: [(node: RedisSentinel.Node, count: Int)] = []
            var failure: RedisError?
            for await answer in tasks {
                switch answer {
                case .failure(let error): failure = failure ?? error
                case .success(let node):
                    if let index = votes.firstIndex(where: { $0.node == node }) {
                        votes[index].count += 1
                    } else {
                        votes.append((node, 1))
                    }
                    if votes.contains(where: { $0.count > sentinel.nodes.count / 2 }) { tasks.cancelAll() }
                }
                if let best = votes.max(by: { $0.count < $1.count }), best.count > sentinel.nodes.count / 2 {
                    return .success(best.node)
                }
            }
            if let best = votes.max(by: { $0.count < $1.count }) { return .success(best.node) }
            return .failure(failure ?? RedisError(.notConnected, "No Sentinel is named."))
        }
        return try outcome.get()
    }

    private func ask(_ node: RedisSentinel.Node) async -> Result<RedisSentinel.Node, RedisError> {
        let endpoint = RedisEndpoint(
            address: .tcp(host: node.host, port: node.port), user: sentinel.user, password: sentinel.password,
            tls: sentinel.tls)
        do throws(RedisError) {
            let connection = try await RedisConnection.connect(to: endpoint, on: group, timeout: Self.patience)
            defer { connection.close() }
            let reply = try await connection.send(
                RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinel.master), timeout: Self.patience)
            if let error = reply.errorText { throw RedisError(reply: error, from: node.place) }
            guard let parts = reply.elements?.compactMap(\.text), parts.count == 2, let port = Int(parts[1]) else {
                throw RedisError(
                    .server, "The Sentinel at \(node.place) knows no master '\(sentinel.master)'; check master_name.")
            }
            return .success(RedisSentinel.Node(host: parts[0], port: port))
        } catch {
            return .failure(error)
        }
    }
}
