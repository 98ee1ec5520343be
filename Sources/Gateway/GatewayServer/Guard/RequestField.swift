/// The request fields that the gateway looks at or passes on.
enum RequestField {
    case accept, acceptEncoding, acceptLanguage, authorization, cacheControl, connection, contentLength, contentType
    case cookie, csrfToken, earlyData, expect, host, ifMatch, ifModifiedSince, ifNoneMatch, ifRange
    case lastEventID, origin, proxyAuthorization, range, secFetchMode, secFetchSite, transferEncoding, upgrade
    case userAgent, xForwardedFor, xForwardedHost, xForwardedProto, other

    /// Classifies a field name; nil when it is no token, or has a `_`: programs behind a gateway take `X_User` for
    /// `X-User`, so such a name is an attack or a mistake.
    static func classify(_ name: String) -> RequestField? {
        let token = token
        var isToken = !name.isEmpty
        for byte in name.utf8 where !token.contains(byte) { isToken = false }
        guard isToken else { return nil }
        switch name.utf8.count {
        case 4: return first(name, ("host", .host))
        case 5: return first(name, ("range", .range))
        case 6: return first(name, ("accept", .accept), ("cookie", .cookie), ("origin", .origin), ("expect", .expect))
        case 7: return first(name, ("upgrade", .upgrade))
        case 8: return first(name, ("if-range", .ifRange), ("if-match", .ifMatch))
        case 10: return first(name, ("user-agent", .userAgent), ("connection", .connection), ("early-data", .earlyData))
        case 12: return first(name, ("content-type", .contentType), ("x-csrf-token", .csrfToken))
        case 13:
            return first(
                name, ("authorization", .authorization), ("if-none-match", .ifNoneMatch),
                ("cache-control", .cacheControl), ("last-event-id", .lastEventID))
        case 14:
            return first(
                name, ("content-length", .contentLength), ("sec-fetch-site", .secFetchSite),
                ("sec-fetch-mode", .secFetchMode))
        case 15:
            return first(
                name, ("accept-encoding", .acceptEncoding), ("accept-language", .acceptLanguage),
                ("x-forwarded-for", .xForwardedFor))
        case 16: return first(name, ("x-forwarded-host", .xForwardedHost))
        case 17:
            return first(
                name, ("transfer-encoding", .transferEncoding), ("if-modified-since", .ifModifiedSince),
                ("x-forwarded-proto", .xForwardedProto))
        case 19: return first(name, ("proxy-authorization", .proxyAuthorization))
        default: return .other
        }
    }

    /// The name under which the field goes to the core; nil for everything that does not: credentials, cookies, framing,
    /// hop-by-hop fields, forwarding fields, and whatever the core does not read.
    var forwardedName: String? {
        switch self {
        case .accept: "accept"
        case .acceptEncoding: "accept-encoding"
        case .acceptLanguage: "accept-language"
        case .cacheControl: "cache-control"
        case .contentType: "content-type"
        case .ifMatch: "if-match"
        case .ifModifiedSince: "if-modified-since"
        case .ifNoneMatch: "if-none-match"
        case .ifRange: "if-range"
        case .lastEventID: "last-event-id"
        case .range: "range"
        case .userAgent: "user-agent"
        default: nil
        }
    }

    private static func first(_ name: String, _ candidates: (StaticString, RequestField)...) -> RequestField {
        for (candidate, field) in candidates where name.equalsFoldingASCII(candidate) { return field }
        return .other
    }

    /// RFC 9110's `tchar` without `_`.
    private static let token = ByteSet(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^`|~")
}
