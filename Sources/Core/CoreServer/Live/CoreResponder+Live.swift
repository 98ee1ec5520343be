internal import FlowerAPI
import HTTPTypes
import Hummingbird
import NIOCore
internal import ServiceLifecycle
internal import WebPages

extension CoreResponder {
    /// Silence longer than this is broken by a comment, so that no proxy takes the stream for dead.
    private static let keepAliveInterval = Duration.seconds(15)

    /// `GET /live?page=<path?query>`: what changes on that page, as server-sent events.
    func live(_ request: Request, _ asking: PageRequest) async -> Response {
        guard request.method == .get else {
            return .problem(405, "Method Not Allowed", "/live answers GET.", [("Allow", "GET")], to: request)
        }
        guard let watched = asking.watchedPage, let view = await pages.liveView(for: watched) else {
            return .problem(404, "Not Found", "The parameter page names nothing that changes live.", to: request)
        }
        let pace: LiveTicker.Pace = watched.path.hasPrefix("/task/") ? .task : .page
        guard let ticket = ticker.subscribe(asking.principal, pace) else {
            return .problem(
                503, "Service Unavailable", "There are too many live streams.", [("Retry-After", "5")], to: request)
        }
        var headers = HTTPFields.protected(contentType: "text/event-stream")
        headers.add([("X-Accel-Buffering", "no")])
        let body = ResponseBody { writer in
            defer { ticket.end() }
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await withGracefulShutdownHandler {
                    // Rendering takes time; the event loops have connections to serve.
                    try await withTaskExecutorPreference(globalConcurrentExecutor) {
                        try await Self.send(view, on: ticket.ticks, to: &writer)
                    }
                } onGracefulShutdown: {
                    ticket.end()
                }
            } onInboundClosed: {
                ticket.end()
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func send(
        _ first: LiveView, on ticks: AsyncStream<Void>, to writer: inout any ResponseBodyWriter
    ) async throws {
        var view = first
        let clock = ContinuousClock()
        var lastWrite = clock.now
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        for await _ in ticks {
            if let events = view.next() {
                try await writer.write(ByteBuffer(bytes: events))
                lastWrite = clock.now
            } else if clock.now - lastWrite >= keepAliveInterval {
                try await writer.write(ByteBuffer(string: ": keep-alive\n\n"))
                lastWrite = clock.now
            }
        }
        // The stream ends on our side: whoever still listens comes back soon.
        try await writer.write(ByteBuffer(string: "retry: 500\n\n"))
    }
}

extension PageRequest {
    /// The page that a `/live` request names, asked for by the same person.
    fileprivate var watchedPage: PageRequest? {
        guard let named = query.last(where: { $0.name == "page" })?.value, named.hasPrefix("/") else { return nil }
        let target = RequestTarget(String(named.prefix { $0 != "#" }))
        guard let query = target.query else { return nil }
        return PageRequest(
            path: target.path, query: query, principal: principal, prefix: prefix, csrfToken: csrfToken,
            requestID: requestID)
    }
}
