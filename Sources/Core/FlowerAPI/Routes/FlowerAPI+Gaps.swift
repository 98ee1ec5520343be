internal import CeleryProtocol
internal import ClusterState

extension FlowerAPI {
    /// `GET /api/gaps`: `{"gaps": [{"start": …, "end": … or null, "reason": …}], "total": …}`, the newest at most, oldest
    /// first. How many events a gap has cost, nobody can tell: Redis says nothing of what it drops.
    func gaps() -> APIResponse {
        let (gaps, total) = cluster.gaps()
        var json = JSONBody()
        json.raw("{\"gaps\": [")
        for (index, gap) in gaps.enumerated() {
            if index > 0 { json.raw(", ") }
            json.raw("{\"start\": ")
            json.number(gap.start)
            json.raw(", \"end\": ")
            json.number(gap.end)
            json.raw(", \"reason\": ")
            json.string(gap.reason.rawValue)
            json.raw("}")
        }
        json.raw("], \"total\": ")
        json.integer(total)
        json.raw("}")
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }
}
