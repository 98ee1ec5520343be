/// How a request ended for the gateway: a bounded set, for counters and the access log.
enum Outcome: Int, CaseIterable, Sendable {
    case forwarded, ownPage, redirected, refused, unauthenticated, signInRefused, throttled, forbidden, crossSite
    case notFound, coreFailed, aborted

    var name: String {
        switch self {
        case .forwarded: "forwarded"
        case .ownPage: "own_page"
        case .redirected: "redirected"
        case .refused: "refused"
        case .unauthenticated: "unauthenticated"
        case .signInRefused: "sign_in_refused"
        case .throttled: "throttled"
        case .forbidden: "forbidden"
        case .crossSite: "cross_site"
        case .notFound: "not_found"
        case .coreFailed: "core_failed"
        case .aborted: "aborted"
        }
    }
}
