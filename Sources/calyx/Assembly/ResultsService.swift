import CeleryBroker
import ServiceLifecycle

/// Keeps the result backend's connections as long as the core runs.
struct ResultsService: Service {
    let results: any ResultBackend

    func run() async throws {
        await cancelWhenGracefulShutdown { await results.run() }
        // A backend without connections ends at once; a service that ends would end the others.
        try await gracefulShutdown()
    }
}
