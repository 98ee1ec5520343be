/// Keys and channels that Celery uses in one Redis database (kombu's Redis transport).
struct RedisNames: Sendable {
    let naming: CeleryNaming
    let database: Int

    private var prefix: String { naming.globalKeyPrefix }

    private var fanoutPrefix: String {
        switch naming.fanoutPrefix {
        case .database: "/\(database)."
        case .none: ""
        case .custom(let text): text
        }
    }

    /// Patterns that cover all events; the second one those of applications with `fanout_patterns` off.
    var eventPatterns: [String] {
        let exchange = Self.escapedForPattern(prefix + fanoutPrefix + naming.eventExchange)
        return [exchange + "/*", exchange]
    }

    var controlExchange: String { naming.controlExchange + ".pidbox" }
    var controlChannel: String { prefix + fanoutPrefix + controlExchange }
    var replyExchange: String { "reply." + controlExchange }
    var bindingDeadlines: String { prefix + "_kombu.binding_deadlines" }
    var bindingPrefix: String { prefix + "_kombu.binding." }
    var unacked: String { prefix + naming.unackedKey }

    func replyQueue(of owner: String) -> String { "\(owner).\(replyExchange)" }
    func replyList(of owner: String) -> String { prefix + replyQueue(of: owner) }
    func bindingTable(of exchange: String) -> String { bindingPrefix + exchange }

    /// The member of the reply exchange's table that routes replies for `owner` to its list.
    func replyBinding(of owner: String) -> String {
        [owner, "", replyQueue(of: owner)].joined(separator: naming.separator)
    }

    /// The lists of a queue, one for each priority step.
    func lists(of queue: String) -> [String] {
        naming.prioritySteps.map { step in
            step == 0 ? prefix + queue : "\(prefix)\(queue)\(naming.separator)\(step)"
        }
    }

    /// The list of a queue for messages of `priority`, which counts up to 9.
    func list(of queue: String, priority: Int) -> String {
        let priority = min(max(priority, 0), 9)
        let step = naming.prioritySteps.last { $0 <= priority } ?? naming.prioritySteps.first ?? 0
        return step == 0 ? prefix + queue : "\(prefix)\(queue)\(naming.separator)\(step)"
    }

    /// The channel of a fanout exchange.
    func fanoutChannel(of exchange: String, routingKey: String) -> String {
        prefix + fanoutPrefix + exchange + (naming.fanoutPatterns && !routingKey.isEmpty ? "/" + routingKey : "")
    }

    static func escapedForPattern(_ text: String) -> String {
        var result = ""
        for character in text {
            if "*?[]\\".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }
}
