internal import CeleryProtocol
internal import RedisClient

/// Looks for a task's message where it waits: in the lists of the queues, then among those that workers have fetched and
/// not acknowledged. Reads a bounded stretch of each and changes nothing.
struct QueueSearch {
    struct Limits {
        /// Messages looked at for one task.
        var messages = 20_000
        /// Bytes that they may have together.
        var bytes = 64 << 20
        /// Messages read at once, and bytes that they may have together if they are like the largest so far.
        var page = 200
        var pageBytes = 2 << 20
    }

    let commands: RedisClient
    let names: RedisNames
    var limits = Limits()

    private struct Progress {
        var messages = 0
        var bytes = 0
        var largest = 1

        mutating func saw(_ payload: [UInt8]) {
            messages += 1
            bytes += payload.count
            largest = max(largest, payload.count)
        }
    }

    /// - Parameters:
    ///   - queues: the likeliest first.
    func find(_ id: String, in queues: [String]) async throws(RedisError) -> QueueSearchOutcome {
        let mark = Self.searchableMark(of: id)
        var progress = Progress()
        for queue in queues {
            for list in names.lists(of: queue) {
                if let outcome = try await find(id, mark, inList: list, of: queue, &progress) { return outcome }
            }
        }
        return try await findUnacknowledged(id, mark, &progress) ?? .absent
    }

    /// From the list's left end, where producers push: what is pushed meanwhile only moves messages to where they are still
    /// read, and workers pop at the other end.
    private func find(
        _ id: String, _ mark: [UInt8], inList list: String, of queue: String, _ progress: inout Progress
    ) async throws(RedisError) -> QueueSearchOutcome? {
        var start = 0
        while true {
            guard progress.messages < limits.messages, progress.bytes < limits.bytes else { return stopped(progress) }
            // The first one alone tells how large they are.
            let count = progress.messages == 0 ? 1 : max(1, min(limits.page, limits.pageBytes / progress.largest))
            let reply = try await commands.send(
                RedisCommand("LRANGE", list, String(start), String(start + count - 1)))
            if let error = reply.errorText {
                // A name that is no list is no queue.
                if error.hasPrefix("WRONGTYPE") { return nil }
                return .incomplete("Redis does not let its queues be read: \(error.prefix(200))")
            }
            let payloads = reply.elements ?? []
            for case .bulk(let payload) in payloads {
                progress.saw(payload)
                if payload.contains(mark), let outcome = Self.outcome(id, try? JSONValue(parsing: payload), queue) {
                    return outcome
                }
            }
            if payloads.count < count { return nil }
            start += count
        }
    }

    /// An entry is `[envelope, exchange, routing key]`.
    private func findUnacknowledged(
        _ id: String, _ mark: [UInt8], _ progress: inout Progress
    ) async throws(RedisError) -> QueueSearchOutcome? {
        var cursor = "0"
        repeat {
            guard progress.messages < limits.messages, progress.bytes < limits.bytes else { return stopped(progress) }
            let reply = try await commands.send(RedisCommand("HSCAN", names.unacked, cursor, "COUNT", "20"))
            guard let page = reply.elements, page.count == 2, let next = page[0].text, let pairs = page[1].elements
            else {
                return reply.errorText.map { .incomplete("Redis does not let its queues be read: \($0.prefix(200))") }
            }
            for case .bulk(let payload) in pairs.indices.filter({ !$0.isMultiple(of: 2) }).map({ pairs[$0] }) {
                progress.saw(payload)
                guard payload.contains(mark), case .array(let parts)? = try? JSONValue(parsing: payload),
                    parts.count == 3, case .string(let exchange) = parts[1], case .string(let key) = parts[2]
                else { continue }
                if let outcome = Self.outcome(id, parts[0], exchange.isEmpty ? key : nil) { return outcome }
            }
            cursor = next
        } while cursor != "0"
        return nil
    }

    private func stopped(_ progress: Progress) -> QueueSearchOutcome {
        .incomplete("it is not among the \(progress.messages) messages that were looked at, and there are more")
    }

    private static func outcome(_ id: String, _ envelope: JSONValue?, _ queue: String?) -> QueueSearchOutcome? {
        guard let envelope else { return nil }
        do throws(Serialized.Failure) {
            return try QueuedTask(envelope: envelope, id: id, queue: queue).map(QueueSearchOutcome.found)
        } catch {
            return .unreadable(error.reason)
        }
    }

    /// The longest part of `id` that every JSON writer leaves as it is.
    static func searchableMark(of id: String) -> [UInt8] {
        let parts = id.utf8.split { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                false
            default: true
            }
        }
        return parts.max { $0.count < $1.count }.map(Array.init) ?? []
    }
}

extension [UInt8] {
    /// Whether `part` is somewhere in these bytes.
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard let first = part.first else { return true }
        return withUnsafeBufferPointer { bytes in
            part.withUnsafeBufferPointer { part in
                var start = 0
                while start + part.count <= bytes.count {
                    guard let found = bytes[start...(bytes.count - part.count)].firstIndex(of: first) else {
                        return false
                    }
                    if bytes[found..<found + part.count].elementsEqual(part) { return true }
                    start = found + 1
                }
                return false
            }
        }
    }
}
