/// Why a command or a connection failed: one sentence for the person who runs the monitor, without secrets.
package struct RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case refused, nameNotFound, unreachable, tls, authentication, permission, loading
        /// No answer within the deadline.
        case noAnswer
        /// The connection was closed by the server or the network.
        case closed
        /// Closed by us.
        case shutDown
        /// What came is no RESP, or too much of it.
        case protocolViolation
        /// An error reply during connecting that fits nothing above.
        case server
        /// Too many commands are waiting.
        case overloaded
        /// There is no connection at the moment.
        case notConnected
    }

    package let kind: Kind
    package let message: String
    package var description: String { message }

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// An error reply that came while connecting.
    init(reply: String, from place: String) {
        let code = reply.prefix { $0 != " " }
        switch code {
        case "WRONGPASS":
            self.init(.authentication, "Redis at \(place) does not accept this user and password (WRONGPASS).")
        case "NOAUTH":
            self.init(.authentication, "Redis at \(place) wants a password, and its URL has none (NOAUTH).")
        case "NOPERM":
            self.init(.permission, "Redis at \(place) does not permit this user what is needed: \(reply.prefix(200))")
        case "LOADING":
            self.init(.loading, "Redis at \(place) is still loading its data.")
        default:
            let isAuthentication = reply.hasPrefix("ERR invalid password") || reply.contains("AUTH")
            self.init(isAuthentication ? .authentication : .server, "Redis at \(place) answered: \(reply.prefix(200))")
        }
    }
}
