package import NIOCore

/// One connection for commands: pipelined, each with a deadline; a missed deadline ends the connection, because replies
/// come in order and nothing after the missing one could be told apart.
package final class RedisConnection: Sendable {
    private let open: OpenChannel<CommandHandler>

    private init(_ open: OpenChannel<CommandHandler>) { self.open = open }

    /// Connects, signs in, selects the database and checks that the server answers.
    ///
    /// - Parameters:
    ///   - maximumReply: bytes that one incomplete reply may have.
    package static func connect(
        to endpoint: RedisEndpoint, on group: any EventLoopGroup, timeout: TimeAmount = .seconds(4),
        maximumPending: Int = 1024, maximumReply: Int = 64 << 20
    ) async throws(RedisError) -> RedisConnection {
        let connector = RedisConnector(endpoint: endpoint, connectTimeout: timeout)
        let place = endpoint.place
        let open = try await connector.open(on: group.next(), receiveBuffer: 16 << 10) {
            CommandHandler(place: place, maximumPending: maximumPending, maximumReply: maximumReply)
        }
        let connection = RedisConnection(open)
        do {
            try await connection.handshake(connector, timeout: timeout)
        } catch {
            connection.close()
            // A Redis without TLS waits for more of what it takes for a command.
            guard error.kind == .noAnswer, endpoint.tls != nil else { throw error }
            throw RedisError(.noAnswer, error.message + " Does it speak TLS there (rediss://)?")
        }
        return connection
    }

    /// The reply to one command; an error reply is a value, not thrown.
    package func send(
        _ command: RedisCommand, timeout: TimeAmount = .milliseconds(3500)
    ) async throws(RedisError) -> RedisReply {
        try await send([command], timeout: timeout).first ?? .null
    }

    /// The replies to `commands`, written at once, in their order.
    package func send(
        _ commands: [RedisCommand], timeout: TimeAmount = .milliseconds(3500)
    ) async throws(RedisError) -> [RedisReply] {
        let promise = open.channel.eventLoop.makePromise(of: [RedisReply].self)
        let handler = open.handler
        open.channel.eventLoop.execute { handler.value.send(commands, timeout: timeout, promise: promise) }
        do {
            return try await promise.futureResult.get()
        } catch {
            throw RedisError(error, at: open.place)
        }
    }

    /// Ends the connection; what waits fails.
    package func close() {
        let (handler, place) = (open.handler, open.place)
        open.channel.eventLoop.execute {
            handler.value.close(because: RedisError(.shutDown, "The connection to Redis at \(place) was ended."))
        }
    }

    /// Waits until the connection has ended and tells why; returns at once when the task is cancelled.
    package func closed() async -> RedisError { await open.closed() }

    private func handshake(_ connector: RedisConnector, timeout: TimeAmount) async throws(RedisError) {
        var commands = [RedisCommand("PING"), RedisCommand("CLIENT", "SETNAME", "calyx")]
        let database = connector.endpoint.database
        // SELECT 0 is left out: it is the default, and a user may lack the right to it.
        if database != 0 { commands.insert(RedisCommand("SELECT", String(database)), at: 0) }
        let isMasterWanted = if case .sentinel = connector.endpoint.address { true } else { false }
        if isMasterWanted { commands.insert(RedisCommand("ROLE"), at: 0) }
        if let authentication = connector.authentication { commands.insert(authentication, at: 0) }
        let replies = try await send(commands, timeout: timeout)
        if isMasterWanted, let role = replies.compactMap(\.elements?.first?.text).first, role != "master" {
            throw RedisError(.notConnected, "\(open.place): the server that is named as such is a \(role) now.")
        }
        // The last one is the name for CLIENT LIST: nice to have, and some users may not set it.
        for error in replies.dropLast().compactMap(\.errorText) {
            throw RedisError(reply: error, from: open.place)
        }
    }
}
