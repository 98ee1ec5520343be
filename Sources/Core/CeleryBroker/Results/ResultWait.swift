/// Waits for a final state: hears of it from a followed stream, and looks once a second besides, because a backend may
/// deny subscriptions or be away for a moment.
struct ResultWait {
    private static let interval = Duration.seconds(1)

    let fetch: @Sendable () async throws(ResultError) -> StoredResult?
    let follow: @Sendable () -> AsyncStream<StoredResult>

    private enum Event { case state(StoredResult), look, deadline }

    /// The final state, or at `timeout` seconds what is stored then.
    func value(timeout: Double?) async throws(ResultError) -> StoredResult? {
        // A backend that is away when the waiting begins is told at once.
        if let stored = try await fetch(), stored.isFinal || stored.unreadable != nil { return stored }
        let (events, event) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(16))
        let tasks =
            [
                Task { for await state in follow() { event.yield(.state(state)) } },
                Task {
                    while true {
                        try await Task.sleep(for: Self.interval)
                        event.yield(.look)
                    }
                },
                Task {
                    guard let timeout else { return }
                    try await Task.sleep(for: .seconds(max(0, min(timeout, 1e9))))
                    event.yield(.deadline)
                },
            ] as [Task<Void, any Error>]
        defer { for task in tasks { task.cancel() } }
        for await next in events {
            switch next {
            case .state(let stored): if stored.isFinal { return stored }
            case .look: if let stored = try? await fetch(), stored.isFinal { return stored }
            case .deadline: return try await fetch()
            }
        }
        // Cancelled: nobody waits any more.
        return nil
    }
}
