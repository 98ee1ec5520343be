internal import ClusterState

extension FlowerAPI {
    /// `GET|POST /tasks/datatable`: the server side of the DataTables protocol.
    func taskTable(_ parameters: Parameters) throws(APIRefusal) -> APIResponse {
        let draw = try parameters.requiredInteger("draw")
        let start = try parameters.requiredInteger("start")
        let length = try parameters.requiredInteger("length")
        let column = try parameters.requiredInteger("order[0][column]")
        let key = parameters.text("columns[\(column)][data]").flatMap(TaskQuery.SortKey.init(rawValue:))
        var query = TaskQuery(
            sortKey: key ?? .timestamp, descending: key == nil || parameters.text("order[0][dir]") == "desc",
            offset: max(0, start), limit: max(0, length))
        do {
            if let text = parameters.text("search[value]"), !text.isEmpty { query.search = try SearchExpression(text) }
        } catch {
            return table(draw, TaskPage(total: cluster.taskCounts().values.reduce(0, +)), error: error.message)
        }
        return table(draw, cluster.tasks(query), error: nil)
    }

    private func table(_ draw: Int, _ page: TaskPage, error: String?) -> APIResponse {
        var json = JSONBody(capacity: page.tasks.count * 960 + 256)
        json.raw("{\"draw\": ")
        json.integer(draw)
        json.raw(", \"data\": [")
        for (index, task) in page.tasks.enumerated() {
            if index > 0 { json.raw(", ") }
            json.task(task, .complete)
        }
        json.raw("], \"recordsTotal\": ")
        json.integer(page.total)
        json.raw(", \"recordsFiltered\": ")
        json.integer(page.matched)
        if let error {
            json.raw(", \"searchError\": ")
            json.string(error)
        }
        json.raw("}")
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }
}
