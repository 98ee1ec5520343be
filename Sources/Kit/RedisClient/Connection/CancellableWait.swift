/// Waits for something that does not heed cancellation.
enum CancellableWait {
    /// The value of `operation`, or `cancelled` as soon as the calling task is cancelled; `operation` then goes on alone.
    static func value<Value: Sendable>(
        _ cancelled: Value, _ operation: @escaping @Sendable () async -> Value
    ) async -> Value {
        let (stream, continuation) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingNewest(1))
        let task = Task {
            continuation.yield(await operation())
            continuation.finish()
        }
        defer { task.cancel() }
        for await value in stream { return value }
        return cancelled
    }
}
