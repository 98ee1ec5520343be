import Synchronization
internal import ThreadPool

/// A small pool of connections to one database, whose blocking calls run on threads of its own.
package final class PostgresClient: Sendable {
    private let url: String
    private let place: String
    private let timeout: Double
    private let threads: ThreadPool
    private let idle = Mutex(IdleConnections())

    /// Connects when it is asked for the first time.
    ///
    /// - Parameters:
    ///   - url: as libpq reads it, `postgresql://user:password@host:port/database?sslmode=…`.
    ///   - place: the URL without its password, for messages.
    ///   - timeout: seconds for connecting and for each query.
    package init(url: String, place: String, connections: Int = 2, timeout: Double = 4) {
        self.url = url
        self.place = place
        self.timeout = timeout
        threads = ThreadPool(name: "postgres", threads: connections, queueLimit: 256)
    }

    /// Runs one statement; `parameters` stand for `$1`, `$2`, … in it. A connection that ended while it was idle is
    /// replaced.
    package func query(_ text: String, _ parameters: [String] = []) async throws(PostgresError) -> PostgresRows {
        let result = await threads.run { [self] in
            Result { () throws(PostgresError) in try run(text, parameters) }
        }
        guard let result else {
            throw PostgresError(.overloaded, "Too many queries wait for PostgreSQL at \(place).")
        }
        return try result.get()
    }

    private func run(_ text: String, _ parameters: [String]) throws(PostgresError) -> PostgresRows {
        if let connection = idle.withLock({ $0.take() }) {
            do throws(PostgresError) {
                return try run(text, parameters, on: connection)
            } catch {
                guard error.kind == .unavailable else { throw error }
            }
        }
        return try run(text, parameters, on: PostgresConnection(url: url, place: place, seconds: timeout))
    }

    private func run(
        _ text: String, _ parameters: [String], on connection: PostgresConnection
    ) throws(PostgresError) -> PostgresRows {
        defer { if connection.isUsable { idle.withLock { $0.keep(connection) } } }
        return try connection.query(text, parameters, seconds: timeout)
    }
}

/// Connections that wait for work. Each is used by the one thread that took it.
private struct IdleConnections: @unchecked Sendable {
    private var connections: [PostgresConnection] = []

    mutating func take() -> PostgresConnection? { connections.popLast() }

    mutating func keep(_ connection: PostgresConnection) { connections.append(connection) }
}
