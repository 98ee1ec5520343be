package import CeleryProtocol

/// The remote control commands that inspection uses.
enum InspectMethod: String, CaseIterable {
    case stats, registered, conf, active, scheduled, reserved, revoked
    case activeQueues = "active_queues"

    /// Asked of every worker.
    static let overview: [InspectMethod] = [.stats, .activeQueues, .registered, .conf]
    /// Asked of one worker that somebody looks at.
    static let detail: [InspectMethod] = overview + [.scheduled, .active, .reserved, .revoked]

    /// With `safe` workers write the arguments of running tasks as text, as Flower has it; whole ones may be large.
    var arguments: [(key: String, value: JSONValue)] { self == .active ? [("safe", .bool(true))] : [] }

    private var field: WritableKeyPath<WorkerInspection, JSONValue?> {
        switch self {
        case .stats: \.stats
        case .registered: \.registered
        case .conf: \.conf
        case .active: \.active
        case .scheduled: \.scheduled
        case .reserved: \.reserved
        case .revoked: \.revoked
        case .activeQueues: \.activeQueues
        }
    }

    /// Puts `value` into `inspection` when it has the shape that this command answers with; an error does not.
    func store(_ value: JSONValue, in inspection: inout WorkerInspection) -> Bool {
        switch (self, value) {
        case (.stats, .object) where value["error"] == nil:
            inspection.stats = InspectedStats.withoutAlternates(value)
        case (.conf, .object) where value["error"] == nil:
            inspection.conf = value
        case (.registered, .array), (.active, .array), (.scheduled, .array), (.reserved, .array), (.revoked, .array),
            (.activeQueues, .array):
            inspection[keyPath: field] = value
        default:
            return false
        }
        return true
    }
}

/// What workers answer to `stats`.
package enum InspectedStats {
    /// `alternates` of the broker may hold URLs with passwords; Flower leaves it out too.
    package static func withoutAlternates(_ stats: JSONValue) -> JSONValue {
        guard case .object(let members) = stats else { return stats }
        return .object(members.map { $0.key == "broker" ? ($0.key, trimmed($0.value)) : $0 })
    }

    private static func trimmed(_ broker: JSONValue) -> JSONValue {
        guard case .object(let members) = broker else { return broker }
        return .object(members.filter { $0.key != "alternates" })
    }
}
