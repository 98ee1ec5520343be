/// The place of a result backend when there is none that can be read; every answer says why.
package struct UnsupportedResults: ResultBackend {
    package let summary: ResultBackendSummary

    /// - Parameters:
    ///   - problem: one sentence that names the fix.
    package init(kind: ResultBackendSummary.Kind, url: String?, problem: String) {
        summary = ResultBackendSummary(kind: kind, url: url, problem: problem)
    }

    private var failure: ResultError { .unsupported(summary.problem ?? "") }

    package func result(of taskID: String) async throws(ResultError) -> StoredResult? { throw failure }

    package func results(of taskIDs: [String]) async throws(ResultError) -> [String: StoredResult] { throw failure }

    package func wait(for taskID: String, timeout: Double?) async throws(ResultError) -> StoredResult? {
        throw failure
    }

    package func follow(_ taskID: String) -> AsyncStream<StoredResult> { AsyncStream { $0.finish() } }

    package func forget(_ taskID: String) async throws(ResultError) -> Bool { throw failure }

    package func abort(_ taskID: String) async throws(ResultError) -> String { throw failure }

    package func group(_ groupID: String) async throws(ResultError) -> StoredGroup? { throw failure }

    package func run() async {}
}
