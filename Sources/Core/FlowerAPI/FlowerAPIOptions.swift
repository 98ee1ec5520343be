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

    package init(queueLengthFormat: QueueLengthFormat = .flat, seriesLimit: Int = 100_000) {
        self.queueLengthFormat = queueLengthFormat
        self.seriesLimit = seriesLimit
    }
}
