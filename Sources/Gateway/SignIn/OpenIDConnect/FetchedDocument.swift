/// A document of a provider that is fetched when it is needed, kept for a while, and fetched once however many wait.
actor FetchedDocument<Value: Sendable> {
    /// A copy is fresh for so long, in seconds.
    static var lifetime: Double { 3600 }
    /// An older copy still counts when the provider does not answer.
    static var maximumAge: Double { 24 * 3600 }
    /// After a failure, and between fetches that somebody else can cause.
    static var pauseAfterFailure: Double { 5 }
    static var pauseBetweenForced: Double { 60 }

    private let fetch: @Sendable () async -> Result<Value, ProviderFailure>
    private let now: @Sendable () -> Double
    private var value: Value?
    private var fetched = -Double.infinity
    private var failed: (at: Double, failure: ProviderFailure)?
    private var forced = -Double.infinity
    private var running: Task<Result<Value, ProviderFailure>, Never>?

    /// - Parameter now: seconds of a clock that never goes back.
    init(
        now: @escaping @Sendable () -> Double, fetch: @escaping @Sendable () async -> Result<Value, ProviderFailure>
    ) {
        self.now = now
        self.fetch = fetch
    }

    /// The document, fetched again when it is old.
    func current() async throws(ProviderFailure) -> Value {
        if let value, now() - fetched < Self.lifetime { return value }
        if let failed, now() - failed.at < Self.pauseAfterFailure { return try stale(failed.failure) }
        return try await refreshed()
    }

    /// The document fetched anew because something is missing in the copy; nil when that was done a moment ago.
    func forced() async throws(ProviderFailure) -> Value? {
        if let running { return try await running.value.get() }
        guard now() - forced >= Self.pauseBetweenForced else { return nil }
        forced = now()
        return try await refreshed()
    }

    /// The copy that is there.
    var copy: Value? { value }

    private func refreshed() async throws(ProviderFailure) -> Value {
        if let running { return try await running.value.get() }
        let fetch = fetch
        let task = Task { await fetch() }
        running = task
        let result = await task.value
        running = nil
        switch result {
        case .success(let new):
            value = new
            fetched = now()
            failed = nil
            return new
        case .failure(let failure):
            failed = (now(), failure)
            return try stale(failure)
        }
    }

    private func stale(_ failure: ProviderFailure) throws(ProviderFailure) -> Value {
        guard let value, now() - fetched < Self.maximumAge else { throw failure }
        return value
    }
}
