internal import RedisClient

/// Walks over the binding tables of the database, a bounded stretch at a time, because there may be millions of keys.
struct BindingSweep {
    /// SCAN calls in one stretch.
    private static let scansPerStretch = 50
    private static let maximumTables = 2000

    private let names: RedisNames
    private let discovery: QueueDiscovery
    private var cursor = "0"
    private var found: Set<String> = []
    /// Queues that the last whole sweep found, together with those of the running one.
    private(set) var queues: Set<String> = []

    init(names: RedisNames) {
        self.names = names
        discovery = QueueDiscovery(naming: names.naming)
    }

    mutating func advance(_ commands: RedisClient) async throws(RedisError) {
        let pattern = RedisNames.escapedForPattern(names.bindingPrefix) + "*"
        for _ in 0..<Self.scansPerStretch {
            let reply = try await commands.send(
                RedisCommand("SCAN", cursor, "MATCH", pattern, "TYPE", "set", "COUNT", "1000"))
            guard let page = reply.elements, page.count == 2, let next = page[0].text, let keys = page[1].elements
            else { throw RedisError(.server, "Redis does not list the queues: \(reply.errorText ?? "odd reply")") }
            try await read(tables: keys.compactMap(\.text), commands)
            cursor = next
            if next == "0" {
                queues = found
                found = []
                return
            }
        }
        queues.formUnion(found)
    }

    private mutating func read(tables: [String], _ commands: RedisClient) async throws(RedisError) {
        let tables = tables.filter { discovery.isTaskExchange(String($0.dropFirst(names.bindingPrefix.count))) }
            .prefix(Self.maximumTables)
        guard !tables.isEmpty else { return }
        for reply in try await commands.send(tables.map { RedisCommand("SMEMBERS", $0) }) {
            for member in reply.elements?.compactMap(\.text) ?? [] where found.count < QueueDiscovery.maximumQueues {
                if let queue = discovery.queue(ofBinding: member) { found.insert(queue) }
            }
        }
    }
}
