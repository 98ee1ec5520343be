/// The limits that clients can run into, each named like the option that sets it.
enum Limit: Int, CaseIterable, Sendable {
    case connections, connectionsPerAddress, requestsPerConnection, streams, streamsPerUser, headerSize, bodySize
    case handshakeTime, headerTime, bodyRate, idleTime, writeTime, coreConnections, coreTime

    var option: String {
        switch self {
        case .connections: "max_connections"
        case .connectionsPerAddress: "max_connections_per_address"
        case .requestsPerConnection: "max_requests_per_connection"
        case .streams: "max_streams"
        case .streamsPerUser: "max_streams_per_user"
        case .headerSize: "max_header_size"
        case .bodySize: "max_body_size"
        case .handshakeTime: "handshake_timeout"
        case .headerTime: "header_timeout"
        case .bodyRate: "min_body_rate"
        case .idleTime: "idle_timeout"
        case .writeTime: "write_timeout"
        case .coreConnections: "max_core_connections"
        case .coreTime: "core_timeout"
        }
    }

    /// The limit of size behind a refusal's status.
    init?(status: Int) {
        switch status {
        case 413: self = .bodySize
        case 414, 431: self = .headerSize
        default: return nil
        }
    }
}
