/// What follows from the fields of a request head on one connection: kept for the next request with the same bytes.
/// Whether credentials hold is asked every time.
final class KnownFields {
    let section: FieldSection
    let view: BrowserView
    let credentials: Identifier.Credentials
    /// Whom the last request came from: the same again when the session says the same again.
    var caller: Caller?

    init(section: FieldSection, view: BrowserView, credentials: Identifier.Credentials) {
        self.section = section
        self.view = view
        self.credentials = credentials
    }
}
