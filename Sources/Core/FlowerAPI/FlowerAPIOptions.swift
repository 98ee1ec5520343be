/// How the API answers where there is a choice.
package struct FlowerAPIOptions: Sendable {
    package enum QueueLengthFormat: String, Sendable, CaseIterable {
        /// `{"celery": 3}`
        case flat
        /// `{"active_queues": [{"name": "celery", "messages": 3}]}`
        case flower
    }

    package var queueLengthFormat: QueueLengthFormat
    /// `/metrics` never has more series than this.
    package var seriesLimit: Int
    /// Whatever acts is refused.
    package var isReadOnly: Bool
    /// Seconds that workers have to answer a command; only said in answers, the broker keeps it.
    package var inspectTimeout: Double
    /// Calyx's version, for the OpenAPI document.
    package var version: String

    package init(
        queueLengthFormat: QueueLengthFormat = .flat, seriesLimit: Int = 100_000, isReadOnly: Bool = false,
        inspectTimeout: Double = 1, version: String = "0"
    ) {
        self.queueLengthFormat = queueLengthFormat
        self.seriesLimit = seriesLimit
        self.isReadOnly = isReadOnly
        self.inspectTimeout = inspectTimeout
        self.version = version
    }
}
