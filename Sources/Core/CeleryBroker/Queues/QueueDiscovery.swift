/// Which names on the broker are task queues. Pure.
struct QueueDiscovery {
    /// Names kept, at most.
    static let maximumQueues = 2000

    let naming: CeleryNaming

    /// Whether messages of this exchange (the rest of a `_kombu.binding.` key) are tasks.
    func isTaskExchange(_ exchange: String) -> Bool {
        !exchange.isEmpty && !exchange.hasSuffix(".pidbox") && !exchange.hasPrefix("reply.")
            && exchange != naming.eventExchange
    }

    /// The queue of a binding table's member `routing key SEP pattern SEP queue`; nil when it is no task queue.
    func queue(ofBinding member: String) -> String? {
        guard !naming.separator.isEmpty else { return nil }
        let parts = member.split(separator: naming.separator, omittingEmptySubsequences: false)
        guard parts.count >= 3, let name = parts.last.map(String.init) else { return nil }
        return isTaskQueue(name) ? name : nil
    }

    func isTaskQueue(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 1024 && !name.hasSuffix(".pidbox")
            && !name.hasPrefix(naming.eventQueuePrefix + ".") && !name.hasPrefix("bcast.") && !Self.isUUID(name)
    }

    /// `rpc://` reply queues are pure UUIDs.
    static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }
}
