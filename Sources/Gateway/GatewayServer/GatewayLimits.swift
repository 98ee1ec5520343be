/// Every bound of the gateway. Sizes are bytes, times are seconds.
package struct GatewayLimits: Sendable {
    // A request head, counted in raw bytes below the decoder.
    package var headSize = 16 * 1024
    package var fieldSize = 8 * 1024
    package var fieldCount = 100
    package var targetSize = 8 * 1024
    package var chunkExtensionSize = 256
    package var chunkExtensionTotal = 16 * 1024

    package var requestBodySize = 1024 * 1024
    /// A form that the gateway itself reads: sign-in, sign-out, and forms of the core that carry the CSRF token.
    package var formSize = 64 * 1024

    package var handshakeTime = 10
    package var headTime = 10
    package var idleTime = 60
    /// After this grace a request body must have come at `bodyRate` bytes per second on average.
    package var bodyGrace = 10
    package var bodyRate = 1024
    /// A client that reads nothing of an answer for this long is gone.
    package var stalledWriteTime = 60

    package var connections = 10_000
    /// Connections of one client address (IPv6: of one /64), not counted for trusted proxies and unix peers.
    package var connectionsPerAddress = 512
    package var requestsPerConnection = 10_000
    package var streamsPerConnection = 100
    /// Live streams (SSE) of one principal.
    package var liveStreamsPerPrincipal = 64

    package var coreConnectTime = 3
    package var coreHeadTime = 60
    package var coreIdleTime = 60
    /// Connections to the core for ordinary requests, per event loop; streams have their own.
    package var coreConnections = 64
    package var coreStreams = 4_000
    /// Requests that wait for a free core connection, per event loop, and for how long.
    package var coreQueue = 1_024
    package var coreQueueTime = 10
    /// A core connection idle for longer than this is not used again.
    package var coreKeepAliveTime = 30

    /// How often the session of an open stream is looked up again.
    package var sessionRecheckTime = 5
    /// A stream opened with a password ends after this long: the client comes back with the password.
    package var passwordStreamTime = 300
    /// How long in-flight requests may take to finish when the server stops.
    package var drainTime = 20

    package init() {}
}
