/// What follows from the fields of a request head on one connection: kept for the next request with the same bytes.
/// Whether a credential still holds is asked every time.
struct KnownFields {
    let section: FieldSection
    let view: BrowserView
    let credential: Identifier.Credential
}
