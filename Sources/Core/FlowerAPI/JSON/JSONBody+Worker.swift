internal import CeleryBroker
internal import CeleryProtocol
package import ClusterState

extension JSONBody {
    /// One row of `/workers?json=1`: the worker's counters, its 11 fields, `status`.
    package mutating func workerRow(_ worker: WorkerSnapshot) {
        raw("{")
        for (type, count) in worker.eventCounts.sorted(by: { $0.key < $1.key }) {
            string(type)
            raw(": ")
            integer(count)
            raw(", ")
        }
        raw("\"hostname\": ")
        string(worker.hostname)
        raw(", \"pid\": ")
        optional(worker.pid)
        raw(", \"freq\": ")
        number(worker.frequency)
        raw(", \"heartbeats\": ")
        numbers(worker.heartbeats)
        raw(", \"clock\": ")
        optional(worker.clock)
        raw(", \"active\": ")
        optional(worker.active)
        raw(", \"processed\": ")
        optional(worker.processed)
        raw(", \"loadavg\": ")
        if let load = worker.loadAverage { numbers(load) } else { null() }
        raw(", \"sw_ident\": ")
        string(worker.softwareIdentity)
        raw(", \"sw_ver\": ")
        string(worker.softwareVersion)
        raw(", \"sw_sys\": ")
        string(worker.softwareSystem)
        raw(", \"status\": ")
        bool(worker.isAlive)
        raw("}")
    }

    /// One entry of `/api/workers`. A worker that was never inspected has empty values of the right types, so that
    /// scripts can walk them, and the time of its last heartbeat.
    mutating func workerEntry(_ worker: WorkerSnapshot?, _ inspection: WorkerInspection?) {
        raw("{\"stats\": ")
        if let stats = inspection?.stats { value(Self.withoutAlternates(stats)) } else { raw("{}") }
        raw(", \"active_queues\": ")
        if let queues = inspection?.activeQueues { value(queues) } else { raw("[]") }
        raw(", \"registered\": ")
        if let registered = inspection?.registered { value(registered) } else { raw("[]") }
        raw(", \"conf\": ")
        if let conf = inspection?.conf { value(conf) } else { raw("{}") }
        raw(", \"timestamp\": ")
        number(inspection?.timestamp ?? worker?.lastHeartbeat)
        if let active = inspection?.active {
            raw(", \"active\": ")
            value(active)
        }
        if let scheduled = inspection?.scheduled {
            raw(", \"scheduled\": ")
            value(scheduled)
        }
        if let reserved = inspection?.reserved {
            raw(", \"reserved\": ")
            value(reserved)
        }
        if let revoked = inspection?.revoked {
            raw(", \"revoked\": ")
            value(revoked)
        }
        raw(", \"status\": ")
        bool(worker?.isAlive ?? false)
        raw(", \"inspected\": ")
        bool(inspection != nil)
        raw("}")
    }

    private mutating func optional(_ value: Int64?) {
        if let value { integer(value) } else { null() }
    }

    private mutating func numbers(_ values: [Double]) {
        raw("[")
        for (index, value) in values.enumerated() {
            if index > 0 { raw(", ") }
            number(value)
        }
        raw("]")
    }

    /// `stats.broker.alternates` may hold further broker URLs with passwords; Flower leaves it out as well.
    private static func withoutAlternates(_ stats: JSONValue) -> JSONValue {
        guard case .object(let members) = stats else { return stats }
        return .object(
            members.map { member in
                guard member.key == "broker", case .object(let broker) = member.value else { return member }
                return (key: member.key, value: .object(broker.filter { $0.key != "alternates" }))
            })
    }
}
