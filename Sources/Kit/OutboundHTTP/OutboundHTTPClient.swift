import Logging
import Synchronization
import ThreadPool

/// HTTPS requests to configured servers by libcurl, on a few threads of their own.
///
/// Certificates are verified against the system's authorities, redirects are errors, no cookies are kept, and the
/// proxies of the environment (`https_proxy`, `no_proxy`, …) are used as curl does.
package final class OutboundHTTPClient: Sendable {
    private let configuration: OutboundHTTPConfiguration
    private let pool: ThreadPool
    private let handles = CurlHandlePool()

    package init(configuration: OutboundHTTPConfiguration) {
        self.configuration = configuration
        pool = ThreadPool(name: "outbound-http", threads: configuration.threads, queueLimit: configuration.queueLimit)
    }

    /// The answer to `request`.
    ///
    /// Cancelling the task ends the transfer within about a second.
    package func send(_ request: OutboundRequest) async throws(OutboundHTTPError) -> OutboundResponse {
        let cancellation = Cancellation()
        let transfer = CurlTransfer(request: request, configuration: configuration, cancellation: cancellation)
        let handles = handles
        let result = await withTaskCancellationHandler {
            await pool.run { handles.withHandle { transfer.run(on: $0) } }
        } onCancel: {
            cancellation.cancel()
        }
        guard let result else {
            throw OutboundHTTPError(.overloaded, "Too many outbound requests wait already")
        }
        return try result.get()
    }
}

/// Tells a running transfer that nobody waits for it any more.
final class Cancellation: Sendable {
    private let flag = Atomic(false)
    var isCancelled: Bool { flag.load(ordering: .relaxed) }
    func cancel() { flag.store(true, ordering: .relaxed) }
}
