/// One worker while it is in memory.
struct WorkerRow {
    /// Handle of the node name.
    var host: UInt32
    var pid: Int64?
    /// Seconds; Celery's default until the worker tells.
    var frequency = 60.0
    /// Local receive times of the last four heartbeats, the newest last.
    var beats = SIMD4<Double>(repeating: 0)
    var beatCount = 0
    var clock: Int64?
    var active: Int64?
    var processed: Int64?
    var loadAverage: SIMD4<Double>?
    var softwareIdentity: UInt32 = 0
    var softwareVersion: UInt32 = 0
    var softwareSystem: UInt32 = 0
    var lastHeartbeat: Double?
    /// Local receive time of the last event of any kind.
    var lastSeen = 0.0
    /// worker-offline came after the last worker-online or heartbeat: task events do not bring it back.
    var isOffline = false
    /// What `isAlive` was when liveness was last looked at, to notice that it changed.
    var wasAlive = false
    var counts = [UInt64](repeating: 0, count: 16)
    /// Events of custom types by the handle of the type.
    var customCounts: [UInt32: UInt64] = [:]
    var revision: UInt64 = 0

    /// Celery's rule: the last heartbeat is younger than twice the frequency, by local receive time.
    func isAlive(at now: Double) -> Bool { beatCount > 0 && now < deadline && beats.w - now < WorkerRow.clockSlack }

    /// When the worker stops being alive unless it is heard again.
    var deadline: Double { beatCount > 0 ? beats.w + 2 * frequency : -.infinity }

    /// A heartbeat this much in the future was taken before the clock was set back.
    private static let clockSlack = 60.0

    mutating func beat(at receivedAt: Double) {
        // The clock was set back: older times would keep the worker alive for as long as the jump was wide.
        if beatCount > 0, beats.w - receivedAt > WorkerRow.clockSlack { beatCount = 0 }
        if beatCount > 0, receivedAt < beats.w { return }
        beats = SIMD4(beats.y, beats.z, beats.w, receivedAt)
        beatCount = min(beatCount + 1, 4)
        lastHeartbeat = receivedAt
    }

    var heartbeats: [Double] { [beats.x, beats.y, beats.z, beats.w].suffix(beatCount) }
}
