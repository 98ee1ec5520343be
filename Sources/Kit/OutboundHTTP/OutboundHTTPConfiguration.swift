/// The limits of outbound requests and whom they may reach.
package struct OutboundHTTPConfiguration: Sendable {
    /// The only servers that are called. Plain http is used exactly when an origin says so.
    package var allowedOrigins: Set<OutboundOrigin>
    package var connectTimeout: Duration = .seconds(3)
    /// From the start of the transfer to the last byte of its answer.
    package var totalTimeout: Duration = .seconds(10)
    package var maximumBodyBytes = 1 << 20
    package var maximumHeaderBytes = 64 << 10
    /// A PEM file of certificate authorities instead of the system's.
    package var caFile: String?
    package var threads = 4
    /// Requests that may wait for a thread.
    package var queueLimit = 64
    package var userAgent = "Calyx"

    package init(allowedOrigins: Set<OutboundOrigin>) { self.allowedOrigins = allowedOrigins }
}
