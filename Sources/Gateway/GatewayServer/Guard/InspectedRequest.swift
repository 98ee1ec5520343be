import NIOHTTP1

/// A request that passed the guard: one method, one canonical path, one host, certain framing.
///
/// A class, since it is handed around a lot and has many texts.
final class InspectedRequest: Sendable {
    let method: RequestMethod
    /// With the prefix, if there is one.
    let path: CanonicalPath
    /// What follows the question mark, as received; nil without one.
    let query: String?
    let section: FieldSection
    let isHTTP10: Bool

    init(method: RequestMethod, path: CanonicalPath, query: String?, section: FieldSection, isHTTP10: Bool) {
        self.method = method
        self.path = path
        self.query = query
        self.section = section
        self.isHTTP10 = isHTTP10
    }

    var host: HostField { section.host }
    var framing: BodyFraming { section.framing }
    var closesConnection: Bool { section.closesConnection }
}

/// The methods that pass; every other one is refused.
enum RequestMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// Whether the request changes nothing (RFC 9110, section 9.2.1).
    var isSafe: Bool { self == .get || self == .head || self == .options }

    init?(_ method: HTTPMethod) {
        switch method {
        case .GET: self = .get
        case .HEAD: self = .head
        case .POST: self = .post
        case .PUT: self = .put
        case .PATCH: self = .patch
        case .DELETE: self = .delete
        case .OPTIONS: self = .options
        default: return nil
        }
    }

    var httpMethod: HTTPMethod {
        switch self {
        case .get: .GET
        case .head: .HEAD
        case .post: .POST
        case .put: .PUT
        case .patch: .PATCH
        case .delete: .DELETE
        case .options: .OPTIONS
        }
    }
}

/// How a request's body ends.
enum BodyFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked

    var hasBody: Bool { self != .none && self != .length(0) }
}

/// The values of the fields that the gateway reads, and those that it passes on.
struct InspectedFields: Sendable {
    var accept: String?
    var acceptEncoding: String?
    var authorization: String?
    var contentType: String?
    var cookies: [String] = []
    var csrfToken: String?
    var expectsContinue = false
    var forwardedFor: [String] = []
    var forwardedHost: String?
    var forwardedProto: String?
    var ifNoneMatch: String?
    var origin: String?
    var secFetchMode: String?
    var secFetchSite: String?
    var userAgent: String?
    /// Name and value of each field that goes to the core.
    var forwarded: [(String, String)] = []
}
