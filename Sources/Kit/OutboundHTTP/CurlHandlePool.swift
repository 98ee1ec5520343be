import CCurl
import Synchronization

/// Idle curl handles, one for each thread at most. A handle keeps its open connections, so that the calls of one
/// sign-in need one TLS handshake per server.
final class CurlHandlePool: Sendable {
    /// Owned by one thread at a time: either in `idle` or lent to the one `withHandle` that took it out.
    private struct Handle: @unchecked Sendable { let pointer: UnsafeMutableRawPointer }

    private let idle = Mutex<[Handle]>([])
    /// libcurl is set up once for the process, before the first handle.
    private static let isReady = calyx_curl_global_init() == CURLE_OK

    deinit {
        for handle in idle.withLock({ $0 }) { curl_easy_cleanup(handle.pointer) }
    }

    /// Runs `body` with a handle of default settings; with nil when libcurl cannot make one.
    func withHandle<Result>(_ body: (UnsafeMutableRawPointer?) -> Result) -> Result {
        let handle = idle.withLock { $0.popLast() } ?? Self.make()
        defer {
            if let handle {
                curl_easy_reset(handle.pointer)
                idle.withLock { $0.append(handle) }
            }
        }
        return body(handle?.pointer)
    }

    private static func make() -> Handle? {
        guard isReady, let pointer = curl_easy_init() else { return nil }
        return Handle(pointer: pointer)
    }
}
