import ServiceLifecycle
import UnixSignals

/// SIGHUP means: take what can be taken again without a restart.
struct HangupSignal: Service {
    let reload: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) { await reload() }
        }
    }
}
