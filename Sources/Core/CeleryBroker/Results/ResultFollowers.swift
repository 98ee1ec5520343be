import Synchronization

/// Who follows which task's states. Several readers of one task are one subscription.
final class ResultFollowers: Sendable {
    /// Tasks that may be followed at once: those of open pages and of the first rows of watched lists.
    static let maximumTasks = 1000
    private static let maximumReaders = 100

    private struct Entry {
        let onLast: @Sendable () -> Void
        var readers: [Int: AsyncStream<StoredResult>.Continuation] = [:]
        var last: StoredResult?
        /// Counts what was published, so that an older value that was fetched meanwhile is not shown after it.
        var generation = 0
    }

    private struct Shared {
        var entries: [String: Entry] = [:]
        var nextReader = 0
    }

    private let shared = Mutex(Shared())

    var taskIDs: [String] { shared.withLock { Array($0.entries.keys) } }

    /// The states of one task. `onFirst` is called when nobody followed it before, `onLast` when nobody does any more.
    func follow(
        _ id: String, onFirst: () -> Void, onLast: @escaping @Sendable () -> Void
    ) -> AsyncStream<StoredResult> {
        let (stream, continuation) = AsyncStream.makeStream(of: StoredResult.self, bufferingPolicy: .bufferingNewest(1))
        let added: (reader: Int, isFirst: Bool, last: StoredResult?)? = shared.withLock { shared in
            let isFirst = shared.entries[id] == nil
            guard !isFirst || shared.entries.count < Self.maximumTasks,
                shared.entries[id]?.readers.count ?? 0 < Self.maximumReaders
            else { return nil }
            shared.nextReader += 1
            shared.entries[id, default: Entry(onLast: onLast)].readers[shared.nextReader] = continuation
            return (shared.nextReader, isFirst, shared.entries[id]?.last)
        }
        guard let added else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.stop(id, added.reader) }
        if let last = added.last { continuation.yield(last) }
        if added.isFirst { onFirst() }
        return stream
    }

    /// To be asked before a stored value is fetched and given to `take(fetched:…)`.
    func generation(of id: String) -> Int? { shared.withLock { $0.entries[id]?.generation } }

    /// A state that was published just now.
    func take(published result: StoredResult) { take(result, generation: nil) }

    /// A state that was fetched since `generation`.
    func take(fetched result: StoredResult, generation: Int) { take(result, generation: generation) }

    private func take(_ result: StoredResult, generation: Int?) {
        let entry: Entry? = shared.withLock { shared in
            guard var entry = shared.entries[result.id] else { return nil }
            if let generation {
                guard generation == entry.generation, entry.last != result else { return nil }
            } else {
                entry.generation += 1
            }
            entry.last = result
            shared.entries[result.id] = result.isFinal ? nil : entry
            return entry
        }
        guard let entry else { return }
        for reader in entry.readers.values {
            reader.yield(result)
            if result.isFinal { reader.finish() }
        }
        if result.isFinal { entry.onLast() }
    }

    private func stop(_ id: String, _ reader: Int) {
        let abandoned: Entry? = shared.withLock { shared in
            guard shared.entries[id]?.readers.removeValue(forKey: reader) != nil,
                shared.entries[id]?.readers.isEmpty == true
            else { return nil }
            return shared.entries.removeValue(forKey: id)
        }
        abandoned?.onLast()
    }
}
