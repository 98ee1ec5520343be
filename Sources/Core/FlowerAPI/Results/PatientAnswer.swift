/// An answer that may take longer than anything between here and the client waits for: after `patience` the head goes
/// out, and spaces follow, with which JSON may begin, until the body is there. The work ends when nobody reads any more.
final class PatientAnswer: Sendable {
    private enum Event: Sendable {
        case done(APIResponse)
        case tick
    }

    private let events: AsyncStream<Event>
    private let tasks: [Task<Void, Never>]

    private init(patience: Duration, _ make: @escaping @Sendable () async -> APIResponse) {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        self.events = events
        tasks = [
            Task {
                continuation.yield(.done(await make()))
                continuation.finish()
            },
            Task {
                while (try? await Task.sleep(for: patience)) != nil { continuation.yield(.tick) }
            },
        ]
    }

    deinit {
        for task in tasks { task.cancel() }
    }

    static func respond(
        patience: Duration = .seconds(20), _ make: @escaping @Sendable () async -> APIResponse
    ) async -> APIResponse {
        let answer = PatientAnswer(patience: patience, make)
        guard case .done(let response)? = await answer.next() else {
            return APIResponse(
                status: 200, contentType: APIResponse.json, body: [UInt8(ascii: " ")],
                rest: APIBodyPieces {
                    switch await answer.next() {
                    case .tick: [UInt8(ascii: " ")]
                    case .done(let response): response.body
                    case nil: nil
                    }
                })
        }
        return response
    }

    private func next() async -> Event? {
        for await event in events { return event }
        return nil
    }
}
