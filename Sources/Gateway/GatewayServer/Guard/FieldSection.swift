/// What the fields of a request head say, read and judged once: what follows from these bytes alone, whatever the request
/// line is. A connection that sends the same bytes again is not read again.
final class FieldSection: Sendable {
    let fields: InspectedFields
    let host: HostField
    let framing: BodyFraming
    /// No request follows on this connection: the client said so, or asked for an upgrade that it does not get.
    let closesConnection: Bool
    /// Came in TLS early data, before a proxy could tell a replay (RFC 8470).
    let hasEarlyData: Bool

    init(
        fields: InspectedFields, host: HostField, framing: BodyFraming, closesConnection: Bool, hasEarlyData: Bool
    ) {
        self.fields = fields
        self.host = host
        self.framing = framing
        self.closesConnection = closesConnection
        self.hasEarlyData = hasEarlyData
    }
}
