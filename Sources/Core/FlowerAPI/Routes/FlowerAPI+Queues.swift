internal import CeleryBroker

extension FlowerAPI {
    /// A sample older than this, in seconds, is no answer.
    private static let longestSampleAge = 30.0

    /// `GET /api/queues/length`.
    func queueLengths(_ parameters: Parameters) throws(APIRefusal) -> APIResponse {
        let sample = broker.queueSample()
        guard let takenAt = sample.takenAt, sample.problem == nil || now() - takenAt <= Self.longestSampleAge else {
            throw APIRefusal(
                503, "Queue lengths are not available: \(sample.problem ?? "not read from the broker yet")")
        }
        let format = parameters.text("format").flatMap(FlowerAPIOptions.QueueLengthFormat.init(rawValue:))
        let isFlat = (format ?? options.queueLengthFormat) == .flat
        var json = JSONBody()
        json.raw(isFlat ? "{" : "{\"active_queues\": [")
        for (index, queue) in sample.queues.enumerated() {
            if index > 0 { json.raw(", ") }
            if !isFlat { json.raw("{\"name\": ") }
            json.string(queue.name)
            json.raw(isFlat ? ": " : ", \"messages\": ")
            json.integer(queue.messages)
            if !isFlat { json.raw("}") }
        }
        json.raw(isFlat ? "}" : "]}")
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }
}
