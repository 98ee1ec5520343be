import Dispatch
import Glibc
import Logging
import ServiceLifecycle

/// Ends the process when the services have not ended in time after they were asked to: whoever stops Calyx can rely on
/// it to stop.
struct ShutdownDeadline: Service {
    let seconds: Int
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) {
            logger.error("not everything stopped within \(seconds) s; ending anyway")
            LogWriter.standardError.flush()
            _exit(ExitStatus.failure.rawValue)
        }
    }
}
