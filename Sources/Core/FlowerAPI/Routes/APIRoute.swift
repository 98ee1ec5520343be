/// Which operation a request is for, and what its path names.
struct APIRoute {
    let endpoint: Endpoint
    /// Nil for an endpoint without one.
    let argument: PathArgument?

    /// Nil when `request` is not for the API.
    init?(_ request: APIRequest) {
        let path = request.path
        if path == "/" || path == "/workers" {
            // Only reading with `json` is ours, a page answers the rest.
            guard request.method == "GET" || request.method == "HEAD", let rows = Endpoint.byPath["/workers"],
                request.query.contains(where: { $0.name == "json" && !Self.isFalse($0.value) })
            else { return nil }
            endpoint = rows
            argument = nil
        } else if let exact = Endpoint.byPath[path] {
            endpoint = exact
            argument = exact.argument.map { _ in .absent }
        } else if let (found, rest) = Self.split(path) {
            endpoint = found
            argument = rest
        } else {
            return nil
        }
    }

    /// The endpoint whose path `path` continues with an argument: three or four segments, then the argument.
    private static func split(_ path: String) -> (Endpoint, PathArgument)? {
        guard path.hasPrefix("/api/") else { return nil }
        var slashes = 0
        for index in path.utf8.indices where path.utf8[index] == UInt8(ascii: "/") {
            slashes += 1
            guard slashes >= 4 else { continue }
            guard slashes <= 5 else { return nil }
            if let endpoint = Endpoint.byPath[String(path[..<index])], endpoint.argument != nil {
                return (endpoint, PathArgument(path.utf8[path.utf8.index(after: index)...]))
            }
        }
        return nil
    }

    private static func isFalse(_ value: String) -> Bool {
        ["n", "no", "f", "false", "off", "0"].contains(value.lowercased())
    }
}
