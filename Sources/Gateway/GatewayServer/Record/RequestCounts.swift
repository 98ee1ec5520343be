import NIOConcurrencyHelpers

/// Requests by route, method and status, counted by one event loop and read by any thread.
final class RequestCounts: Sendable {
    struct Key: Hashable, Comparable, Sendable {
        let route: RouteClass
        let method: String
        let status: Int

        static func < (one: Key, other: Key) -> Bool {
            (one.route.rawValue, one.method, one.status) < (other.route.rawValue, other.method, other.status)
        }
    }

    private let counts = NIOLockedValueBox<[Key: Int]>([:])

    func count(_ key: Key) { counts.withLockedValue { $0[key, default: 0] += 1 } }

    func add(to sums: inout [Key: Int]) {
        for (key, count) in counts.withLockedValue({ $0 }) { sums[key, default: 0] += count }
    }
}

/// What kind of address a request asked for: a bounded set.
enum RouteClass: String, Sendable {
    case api, asset, health, live, metrics, none, page, signIn = "sign_in"

    /// `path` is canonical and without prefix; empty when the request was refused before it had one.
    init(_ path: String) {
        let path = path.utf8
        if path.isEmpty {
            self = .none
        } else if path.starts(with: "/api/".utf8) {
            self = .api
        } else if path.starts(with: "/static/".utf8) || path.starts(with: "/login/assets/".utf8) {
            self = .asset
        } else if path.starts(with: "/login".utf8) || path.starts(with: "/logout".utf8)
            || path.starts(with: "/oauth2/".utf8)
        {
            self = .signIn
        } else if path.elementsEqual("/live".utf8) {
            self = .live
        } else if path.elementsEqual("/metrics".utf8) {
            self = .metrics
        } else if path.elementsEqual("/healthcheck".utf8) {
            self = .health
        } else {
            self = .page
        }
    }
}
