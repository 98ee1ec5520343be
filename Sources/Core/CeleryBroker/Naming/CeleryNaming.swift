/// The settings of a Celery application that change the names on the broker (`broker_transport_options`,
/// `event_exchange`, `control_exchange`).
package struct CeleryNaming: Sendable, Equatable {
    /// What stands before a fanout exchange's name in a channel.
    package enum FanoutPrefix: Sendable, Equatable {
        /// `/{db}.`, Celery's default.
        case database
        case none
        case custom(String)
    }

    package var globalKeyPrefix: String
    package var fanoutPrefix: FanoutPrefix
    /// `fanout_patterns`: the routing key stands in the channel's name.
    package var fanoutPatterns: Bool
    package var separator: String
    /// Ascending; a message of priority p is in the list of the greatest step that is not above p.
    package var prioritySteps: [Int]
    package var eventExchange: String
    package var eventQueuePrefix: String
    package var controlExchange: String
    package var unackedKey: String

    package init(
        globalKeyPrefix: String = "", fanoutPrefix: FanoutPrefix = .database, fanoutPatterns: Bool = true,
        separator: String = "\u{6}\u{16}",
        prioritySteps: [Int] = [0, 3, 6, 9], eventExchange: String = "celeryev", eventQueuePrefix: String = "celeryev",
        controlExchange: String = "celery", unackedKey: String = "unacked"
    ) {
        self.globalKeyPrefix = globalKeyPrefix
        self.fanoutPrefix = fanoutPrefix
        self.fanoutPatterns = fanoutPatterns
        self.separator = separator
        self.prioritySteps = prioritySteps
        self.eventExchange = eventExchange
        self.eventQueuePrefix = eventQueuePrefix
        self.controlExchange = controlExchange
        self.unackedKey = unackedKey
    }
}
