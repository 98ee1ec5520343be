import CeleryProtocol

/// The pool out of a worker's `stats`.
struct WorkerPool {
    private let stats: JSONValue?

    init(_ stats: JSONValue?) { self.stats = stats }

    /// `max-concurrency` is what it was started with; after a change only the list of processes is true.
    var sizeText: String {
        if case .array(let processes)? = stats?["pool"]?["processes"], !processes.isEmpty {
            return Amounts.counted(processes.count, "process", "processes")
        }
        if case .int(let size)? = stats?["pool"]?["max-concurrency"] { return "\(Amounts.count(size)) at a time" }
        return "size not told yet"
    }

    /// Nil without an autoscaler.
    var autoscaleText: String? {
        guard case .int(let least)? = stats?["autoscaler"]?["min"],
            case .int(let most)? = stats?["autoscaler"]?["max"]
        else { return nil }
        return "scaled by itself from \(Amounts.count(least)) to \(Amounts.count(most))"
    }
}
