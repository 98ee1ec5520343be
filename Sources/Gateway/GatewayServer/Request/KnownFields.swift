/// What follows from the fields of a request head on one connection: kept for the next request with the same bytes.
/// Whether credentials hold is asked every time.
struct KnownFields {
    let section: FieldSection
    let view: BrowserView
    let credentials: Identifier.Credentials
}
