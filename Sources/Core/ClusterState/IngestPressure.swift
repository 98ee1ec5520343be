/// Whether applying events takes most of the time of the thread that reads them: then whatever else wants the state, or
/// the processor, makes Redis' buffer for us grow, and Redis cuts who falls behind.
struct IngestPressure {
    /// Seconds over which the share is taken.
    private static let window = 0.05
    private static let high = 0.4
    /// How long one busy window counts, in seconds.
    private static let memory = 0.25

    private var start = 0.0
    private var busy = 0.0
    /// Monotonic seconds until which it counts as high.
    private(set) var until = 0.0

    /// A batch was applied between these monotonic seconds, waiting for the state included.
    mutating func note(from begin: Double, to end: Double) {
        if begin - start > 2 * IngestPressure.window {
            start = begin
            busy = 0
        }
        busy += end - begin
        guard end - start >= IngestPressure.window else { return }
        if busy > IngestPressure.high * (end - start) { until = end + IngestPressure.memory }
        start = end
        busy = 0
    }
}
