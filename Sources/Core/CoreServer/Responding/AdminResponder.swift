internal import FlowerAPI
import HTTPTypes
import Hummingbird
import NIOCore

/// The open listener for probes and scrapers: `/livez`, `/readyz`, `/metrics`.
struct AdminResponder: HTTPResponder {
    let api: FlowerAPI
    let health: HealthCheck

    func respond(to request: Request, context: CoreRequestContext) async throws -> Response {
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
        case "/metrics": answer = api.metrics()
        default: answer = APIResponse(status: 200, contentType: APIResponse.text, body: Array("OK".utf8))
        }
        return Response(answer, to: request)
    }
}
