internal import FlowerAPI
import HTTPTypes
import Hummingbird
internal import Identity
internal import Logging
import NIOCore
import PageKit
internal import WebPages

/// Answers the gateway. Everything starts at the assertion, nothing is served without one.
///
/// Requests are dispatched by their one exact path, the one that the assertion names; no router looks at it in a form
/// of its own.
struct CoreResponder: HTTPResponder {
    let gate: AssertionGate
    let api: FlowerAPI
    let pages: WebPages
    let health: HealthCheck
    let bodyLimit: Int
    let logger: Logger

    func respond(to request: Request, context: CoreRequestContext) async throws -> Response {
        let target = RequestTarget(request.head.path ?? "")
        switch gate.decide(request.head, path: target.path) {
        case .unauthenticated:
            return .problem(401, "Unauthorized", "This listener answers the Calyx gateway only.", to: request)
        case .forbidden(let assertion, let denial):
            return .problem(403, "Forbidden", denial.sentence(for: assertion.principal), to: request)
        case .admitted(let assertion):
            do {
                return try await answer(request, target, assertion, context)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.error(
                    "a request failed",
                    metadata: ["request_id": "\(assertion.requestID)", "path": "\(target.path)", "error": "\(error)"])
                return .problem(
                    500, "Internal Server Error", "The request failed; the log of the core has the reason.", to: request
                )
            }
        }
    }

    private func answer(
        _ request: Request, _ target: RequestTarget, _ assertion: RequestAssertion, _ context: CoreRequestContext
    ) async throws -> Response {
        guard let query = target.query else {
            return .problem(400, "Bad Request", "The query is not well-formed percent-encoded UTF-8.", to: request)
        }
        if QuickRequests.contains(request.method, target.path, query) {
            return try await answer(request, target, query, assertion, context)
        }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await answer(request, target, query, assertion, context)
        }
    }

    private func answer(
        _ request: Request, _ target: RequestTarget, _ query: [(name: String, value: String)],
        _ assertion: RequestAssertion, _ context: CoreRequestContext
    ) async throws -> Response {
        let page = PageRequest(
            path: target.path, query: query, principal: assertion.principal, prefix: assertion.prefix,
            csrfToken: assertion.csrfToken, requestID: assertion.requestID)
        switch target.path {
        case "/live": return live(request)
        case "/healthcheck": return healthcheck(request, page)
        case let path where path.hasPrefix("/static/"): return asset(request, page)
        default: break
        }
        guard let body = try await body(of: request) else { return tooLarge(request, context) }
        let asked = APIRequest(
            method: request.method.rawValue, path: target.path, query: query,
            contentType: request.headers[.contentType],
            body: body, principal: assertion.principal)
        if let answer = await api.respond(to: asked) {
            guard let rest = answer.rest else { return Response(answer, to: request) }
            return await .streaming(answer, rest, to: request)
        }
        if target.path.hasPrefix("/api/") {
            return .problem(404, "Not Found", "There is no such resource in the API.", to: request)
        }
        return await self.page(request, page)
    }

    /// Streams are served by `LiveStreamHandler`, from the first request of a connection on. What comes here is none.
    private func live(_ request: Request) -> Response {
        guard request.method == .get else {
            return .problem(405, "Method Not Allowed", "/live answers GET.", [("Allow", "GET")], to: request)
        }
        return .problem(
            404, "Not Found", "/live?page= names a page, as the first request of a connection.", to: request)
    }

    private func page(_ request: Request, _ page: PageRequest) async -> Response {
        guard let answer = await pages.respond(to: page) else {
            return Response(
                pages.errorPage(
                    status: 404, message: "The address may be mistyped, or what was there is gone.", for: page),
                to: request)
        }
        switch request.method {
        case .get, .head: return Response(answer, to: request)
        case .options: return .allowing("GET, HEAD, OPTIONS", 204, to: request)
        default: return .allowing("GET, HEAD, OPTIONS", 405, to: request)
        }
    }

    private func asset(_ request: Request, _ page: PageRequest) -> Response {
        guard request.method == .get || request.method == .head else {
            return .allowing("GET, HEAD", 405, to: request)
        }
        guard let asset = WebAssets.find(String(page.path.dropFirst("/static/".count))) else {
            return Response(pages.errorPage(status: 404, message: "There is no such file.", for: page), to: request)
        }
        return Response(asset, version: page.query.last { $0.name == "v" }?.value, to: request)
    }

    /// `OK` as Flower says it; with `verbose`, for a signed-in person, the state of the core.
    private func healthcheck(_ request: Request, _ page: PageRequest) -> Response {
        guard request.method == .get || request.method == .head else {
            return .allowing("GET, HEAD", 405, to: request)
        }
        let isVerbose = page.query.last { $0.name == "verbose" }.map { $0.value == "1" || $0.value == "true" } ?? false
        guard isVerbose, page.principal != .anonymous, page.principal.scope == nil else {
            return Response(
                APIResponse(status: 200, contentType: APIResponse.html, body: Array("OK".utf8)), to: request)
        }
        return Response(
            APIResponse(status: 200, contentType: APIResponse.json, body: health.report().json), to: request)
    }

    /// Nil when it is longer than the limit. Requests that only read have none.
    private func body(of request: Request) async throws -> [UInt8]? {
        switch request.method {
        case .get, .head, .options: return []
        default: break
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bodyLimit { return nil }
        do {
            return Array(buffer: try await request.body.collect(upTo: bodyLimit))
        } catch is NIOTooManyBytesError {
            return nil
        }
    }

    /// The rest of the body is not read: the connection ends with the answer.
    private func tooLarge(_ request: Request, _ context: CoreRequestContext) -> Response {
        let answer = APIResponse.problem(
            413, title: "Content Too Large", detail: "A request body may have \(bodyLimit) bytes.",
            headers: [("Connection", "close")])
        var response = Response(answer, to: request)
        let channel = context.channel
        response.body = ResponseBody(contentLength: answer.body.count) { writer in
            try await writer.write(ByteBuffer(bytes: answer.body))
            try await writer.finish(nil)
            channel.close(promise: nil)
        }
        return response
    }
}

extension Response {
    fileprivate static func allowing(_ methods: String, _ status: Int, to request: Request) -> Response {
        Response(
            APIResponse(status: status, contentType: APIResponse.html, headers: [("Allow", methods)]), to: request)
    }
}
