internal import CeleryProtocol
internal import ClusterState
internal import History

extension FlowerAPI {
    /// `GET /api/tasks`: an object keyed by uuid in the order asked for.
    func tasks(_ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        let limit = try parameters.integer("limit")
        let offset = try parameters.integer("offset") ?? 0
        var query = try sorted(by: parameters.text("sort_by") ?? "")
        query.worker = parameters.filter("workername")
        query.name = parameters.filter("taskname")
        query.state = parameters.filter("state")
        query.receivedAfter = try receivedTime(parameters.text("received_start"))
        query.receivedBefore = try receivedTime(parameters.text("received_end"))
        query.limit = limit.map { max(0, $0) }
        query.offset = max(0, offset)
        if let text = parameters.text("search"), !text.isEmpty {
            do {
                query.search = try SearchExpression(text)
            } catch {
                // Flower answers an object with this one member.
                throw APIRefusal(400, error.message, details: [("error", .string(error.message))])
            }
        }
        let isByTime = query.sortKey == .timestamp && query.descending
        if let text = parameters.text("cursor"), !text.isEmpty {
            guard isByTime else { throw APIRefusal(400, "A cursor goes with the default order, not with sort_by") }
            query.after = try TaskCursor(text).position
        }
        guard isByTime, query.limit != nil else { return listing(query.limit == 0 ? [] : cluster.tasks(query).tasks) }
        let page = await archive.tasks(query)
        var answer = listing(page.tasks)
        if let next = page.next { answer.headers.append(TaskCursor(position: next).link(parameters)) }
        if page.problem != nil { answer.headers.append(Self.historyIsAway) }
        return answer
    }

    func taskTypes() -> APIResponse {
        var json = JSONBody(capacity: 2048)
        json.raw("{\"task-types\": ")
        json.strings(cluster.taskTypes())
        json.raw("}")
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }

    /// `GET /api/task/info/<id>` out of memory alone; nil when it does not know the task, or not from its beginning.
    func taskInfoInMemory(_ id: String) -> APIResponse? {
        guard let task = cluster.task(id), task.name != nil || !history.status.isOn else { return nil }
        return Self.info(task)
    }

    func taskInfo(_ id: String) async throws(APIRefusal) -> APIResponse {
        let found = await archive.task(id)
        guard let task = found.task else {
            throw APIRefusal(
                404, "Unknown task '\(id)'\(found.problem == nil ? "" : " in memory; history cannot be read now")")
        }
        var answer = Self.info(task)
        if found.problem != nil { answer.headers.append(Self.historyIsAway) }
        return answer
    }

    /// The answer holds what memory knows, and more may be stored.
    private static let historyIsAway = ("Calyx-History", "unavailable")

    private var archive: TaskArchive { TaskArchive(cluster: cluster, history: history) }

    private static func info(_ task: TaskSnapshot) -> APIResponse {
        var json = JSONBody(capacity: 2048)
        json.task(task, .extended)
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }

    private func listing(_ tasks: [TaskSnapshot]) -> APIResponse {
        let listing = TaskListing(tasks)
        let first = listing.next() ?? []
        let pieces = listing.isComplete ? nil : APIBodyPieces { listing.next() }
        return APIResponse(status: 200, contentType: APIResponse.json, body: first, rest: pieces)
    }

    private func receivedTime(_ text: String?) throws(APIRefusal) -> Double? {
        guard let text, !text.isEmpty else { return nil }
        guard let time = ReceivedTime.parse(text) else { throw APIRefusal(400, ReceivedTime.refusal) }
        return time
    }

    /// Any number of leading `-` is descending, empty is the default order.
    private func sorted(by text: String) throws(APIRefusal) -> TaskQuery {
        let name = String(text.drop { $0 == "-" })
        let descending = text.hasPrefix("-")
        switch name {
        case "" where !descending: return TaskQuery()
        case "name": return TaskQuery(sortKey: .name, descending: descending)
        case "state": return TaskQuery(sortKey: .state, descending: descending)
        case "received": return TaskQuery(sortKey: .received, descending: descending)
        case "started": return TaskQuery(sortKey: .started, descending: descending)
        default: throw APIRefusal(400, "Invalid sort_by '\(text)', expected one of name, received, started, state")
        }
    }
}
