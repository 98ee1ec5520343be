internal import FlowerAPI
import HTTPTypes
import Hummingbird
import NIOCore

/// The open listener for probes and scrapers: `/livez`, `/readyz`, `/metrics`.
struct AdminResponder: HTTPResponder {
    let api: FlowerAPI
    let health: HealthCheck
    let otherMetrics: @Sendable () -> [UInt8]

    func respond(to request: Request, context: CoreRequestContext) async throws -> Response {
        guard !context.isLoopback || Self.isAddress(request.head.authority) else {
            return .problem(
                421, "Misdirected Request", "On this machine the listener is addressed as localhost.", to: request)
        }
        let path = RequestTarget(request.head.path ?? "").path
        guard ["/livez", "/readyz", "/metrics"].contains(path) else {
            return .problem(404, "Not Found", "There are /livez, /readyz and /metrics here.", to: request)
        }
        guard request.method == .get || request.method == .head else {
            return .problem(405, "Method Not Allowed", "\(path) answers GET.", [("Allow", "GET, HEAD")], to: request)
        }
        let answer: APIResponse
        switch path {
        case "/readyz":
            let report = health.report()
            answer = APIResponse(
                status: report.isReady ? 200 : 503, contentType: APIResponse.json, body: report.json)
        case "/metrics":
            let own = api.metrics()
            answer = APIResponse(status: own.status, contentType: own.contentType, body: own.body + otherMetrics())
        default: answer = APIResponse(status: 200, contentType: APIResponse.text, body: Array("OK".utf8))
        }
        return Response(answer, to: request)
    }

    /// Whether a `Host` field names the machine itself. A web page that had its own name point here would send that
    /// name, and could read what is open on loopback.
    static func isAddress(_ authority: String?) -> Bool {
        guard let authority else { return true }
        if authority.hasPrefix("[") { return true }
        let host = authority.prefix { $0 != ":" }.lowercased()
        return host == "localhost" || host.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
    }
}
