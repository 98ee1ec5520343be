import ServiceLifecycle

/// A service that waits for a word before it runs.
struct StartedAfter: Service {
    let ready: AsyncStream<Void>
    let service: any Service

    func run() async throws {
        for await _ in ready.cancelOnGracefulShutdown() {
            return try await service.run()
        }
    }
}
