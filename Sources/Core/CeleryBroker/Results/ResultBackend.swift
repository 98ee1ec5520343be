/// Where Celery keeps results: reads them, follows them, and never unpickles one.
package protocol ResultBackend: Sendable {
    /// What it is and how it stands.
    var summary: ResultBackendSummary { get }

    /// What is stored of a task; nil when nothing is, which Celery calls PENDING.
    func result(of taskID: String) async throws(ResultError) -> StoredResult?

    /// What is stored of several tasks, in one round trip where the backend can; tasks without a result are left out.
    func results(of taskIDs: [String]) async throws(ResultError) -> [String: StoredResult]

    /// Waits until a final state is stored, at most `timeout` seconds (nil: until cancelled); then what is stored, which
    /// may be an earlier state or nothing.
    func wait(for taskID: String, timeout: Double?) async throws(ResultError) -> StoredResult?

    /// Each state from now on, the one that is stored first; ends after a final one, when too many are followed, or when
    /// the reader stops. A reader that lags gets the newest only. Failures of the backend show in `summary`.
    func follow(_ taskID: String) -> AsyncStream<StoredResult>

    /// Removes what is stored; false when there was nothing.
    func forget(_ taskID: String) async throws(ResultError) -> Bool

    /// Stores ABORTED, which abortable tasks look for, unless a final state is stored. Returns the state that is stored
    /// afterwards.
    func abort(_ taskID: String) async throws(ResultError) -> String

    /// The results of a saved group; nil when there is none of that id.
    func group(_ groupID: String) async throws(ResultError) -> StoredGroup?

    /// Keeps its connections until cancelled.
    func run() async
}

extension ResultBackend {
    package func wait(for taskID: String, timeout: Double?) async throws(ResultError) -> StoredResult? {
        try await ResultWait(
            fetch: { () throws(ResultError) in try await self.result(of: taskID) }, follow: { self.follow(taskID) }
        ).value(timeout: timeout)
    }
}

/// What a result backend is, for pages and for answers that say why there is no result.
package struct ResultBackendSummary: Sendable, Equatable {
    package enum Kind: String, Sendable { case redis, postgresql, none, unsupported }

    package var kind: Kind
    /// With the password as `**`; nil when none is configured.
    package var url: String?
    /// Why no result can be read now, one sentence that names the fix; nil when they can.
    package var problem: String?

    package init(kind: Kind, url: String? = nil, problem: String? = nil) {
        self.kind = kind
        self.url = url
        self.problem = problem
    }
}

/// Why a result could not be read.
package enum ResultError: Error, Sendable, Equatable, CustomStringConvertible {
    /// None is configured, or one that cannot be read; the sentence says what to set.
    case unsupported(String)
    case unavailable(String)
    /// The id is no task's.
    case invalid(String)
    case passive

    package var description: String {
        switch self {
        case .unsupported(let reason), .unavailable(let reason), .invalid(let reason): reason
        case .passive: "This monitor is passive; it changes no results."
        }
    }
}
