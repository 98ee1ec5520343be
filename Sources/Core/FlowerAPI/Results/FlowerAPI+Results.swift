internal import CeleryBroker
internal import CeleryProtocol
internal import ClusterState

extension FlowerAPI {
    /// Longer than any task is waited for, in seconds: a day, after which Celery forgets results.
    private static let longestWait = 86_400.0
    /// Seconds between looks at the events of a task whose result is waited for, and how long a task may have ended
    /// without a stored result before there will be none (`ignore_result`).
    private static let lookInterval = 0.5
    private static let patienceAfterEnd = 1.0

    /// `GET /api/task/result/<id>`: what the result backend has, waited for with `timeout`.
    func taskResult(_ id: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        let timeout = try parameters.number("timeout") ?? 0
        guard !id.isEmpty else { throw APIRefusal(404, "Nothing is named: /api/task/result/{taskid} or ?id=") }
        try requireVisible(id)
        let found: StoredResult?
        do throws(ResultError) {
            found = try await results.result(of: id)
        } catch {
            throw APIRefusal(error)
        }
        if timeout <= 0 || found?.isFinal == true { return Self.answer(id, found) }
        let permit = try waits.permit()
        return await PatientAnswer.respond {
            defer { withExtendedLifetime(permit) {} }
            do throws(ResultError) {
                return Self.answer(id, try await outcome(of: id, timeout: timeout))
            } catch {
                return APIRefusal(error).response
            }
        }
    }

    /// The result once the task has ended, or what there is after `timeout` seconds; nil when there is nothing.
    ///
    /// A task that keeps no result never shows in the backend: that it has ended is then known from its events.
    func outcome(of id: String, timeout: Double?) async throws(ResultError) -> StoredResult? {
        let timeout = min(timeout ?? Self.longestWait, Self.longestWait)
        return try await withTaskGroup(of: Result<StoredResult?, ResultError>?.self) { group in
            group.addTask {
                do throws(ResultError) {
                    return .success(try await results.wait(for: id, timeout: timeout))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                while !hasEnded(id) {
                    guard (try? await Task.sleep(for: .seconds(Self.lookInterval))) != nil else { return nil }
                }
                guard (try? await Task.sleep(for: .seconds(Self.patienceAfterEnd))) != nil else { return nil }
                do throws(ResultError) {
                    return .success(try await results.result(of: id))
                } catch {
                    return .failure(error)
                }
            }
            defer { group.cancelAll() }
            for await finished in group {
                if let finished { return finished }
            }
            return .success(nil)
        }.get()
    }

    func hasEnded(_ id: String) -> Bool {
        switch cluster.task(id)?.state {
        case .success?, .failure?, .revoked?, .rejected?: true
        default: false
        }
    }

    /// Flower tells a result only when there is one, so not of a running or an aborted task.
    private static func answer(_ id: String, _ stored: StoredResult?) -> APIResponse {
        var members: [(key: String, value: JSONValue)] = [
            ("task-id", .string(id)), ("state", .string(stored?.state ?? "PENDING")),
        ]
        if let stored {
            if stored.isFinal {
                members += stored.resultMembers
            } else if let meta = stored.result, stored.exception == nil {
                members.append(("meta", meta))
            }
        }
        return object(members)
    }
}
