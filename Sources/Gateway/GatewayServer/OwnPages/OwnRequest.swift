/// What own pages need to know of a request.
struct OwnRequest: Sendable {
    /// Of the log and of the answer.
    let id: String
    let method: RequestMethod
    let query: String?
    let view: BrowserView
    let cookies: [String]
    let origin: String?
    let secFetchSite: String?
    let csrfToken: String?
    let userAgent: String
    let acceptEncoding: String?
    let ifNoneMatch: String?
    let isNavigation: Bool
    let form: FormFields?
    /// Only for the page that shows it.
    var proxied: ProxiedRequest?

    init(_ request: InspectedRequest, view: BrowserView, form: FormFields?, id: String) {
        self.id = id
        let fields = request.section.fields
        method = request.method
        query = request.query
        self.view = view
        cookies = fields.cookies
        origin = fields.origin
        secFetchSite = fields.secFetchSite
        csrfToken = fields.csrfToken
        userAgent = fields.userAgent ?? ""
        acceptEncoding = fields.acceptEncoding
        ifNoneMatch = fields.ifNoneMatch
        isNavigation = Navigation.isNavigation(method: request.method, fields: fields)
        self.form = form
    }
}
