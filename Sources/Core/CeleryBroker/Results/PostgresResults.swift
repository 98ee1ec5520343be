internal import CeleryProtocol
package import Logging
internal import PostgresClient

/// Celery's database result backend (SQLAlchemy's tables) in PostgreSQL. It announces no changes, so what is followed is
/// looked at once a second, all in one query.
package final class PostgresResults: ResultBackend {
    private static let interval = Duration.seconds(1)
    /// Rounds of `interval` between two looks whether the database answers, while nothing is followed.
    private static let idleRounds = 5

    private let client: PostgresClient
    private let health: BackendHealth
    private let shownURL: String
    private let isPassive: Bool
    private let tables: ResultTables
    private let followers = ResultFollowers()

    /// - Parameters:
    ///   - url: as libpq reads it, `postgresql://…`.
    ///   - shownURL: without the password.
    package init(
        url: String, shownURL: String, tables: ResultTables = ResultTables(), isPassive: Bool, logger: Logger
    ) {
        self.tables = tables
        client = PostgresClient(url: url, place: shownURL)
        health = BackendHealth(connectingTo: shownURL, logger: logger)
        self.shownURL = shownURL
        self.isPassive = isPassive
    }

    package var summary: ResultBackendSummary {
        ResultBackendSummary(kind: .postgresql, url: shownURL, problem: health.problem)
    }

    package func run() async {
        var round = 0
        while !Task.isCancelled {
            await look(atRound: round)
            round += 1
            try? await Task.sleep(for: Self.interval)
        }
    }

    package func result(of taskID: String) async throws(ResultError) -> StoredResult? {
        try await results(of: [taskID])[taskID]
    }

    package func results(of taskIDs: [String]) async throws(ResultError) -> [String: StoredResult] {
        guard !taskIDs.isEmpty else { return [:] }
        let places = taskIDs.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let answer = try await query("SELECT * FROM \(tables.task) WHERE task_id IN (\(places))", taskIDs)
        var found: [String: StoredResult] = [:]
        for row in answer.rows {
            guard let id = answer.value("task_id", of: row) else { continue }
            found[id] = DatabaseRow.result(of: id) { answer.value($0, of: row) }
        }
        return found
    }

    package func follow(_ taskID: String) -> AsyncStream<StoredResult> {
        followers.follow(taskID, onFirst: {}, onLast: {})
    }

    package func forget(_ taskID: String) async throws(ResultError) -> Bool {
        guard !isPassive else { throw .passive }
        return try await query("DELETE FROM \(tables.task) WHERE task_id = $1", [taskID]).changed > 0
    }

    package func abort(_ taskID: String) async throws(ResultError) -> String {
        guard !isPassive else { throw .passive }
        let final = StoredResult.finalStates.sorted().map { "'\($0)'" }.joined(separator: ", ")
        let changed = try await query(
            "UPDATE \(tables.task) SET status = 'ABORTED', result = NULL, traceback = NULL "
                + "WHERE task_id = $1 AND status NOT IN (\(final))", [taskID]
        ).changed
        if changed == 0 {
            _ = try await query(
                "INSERT INTO \(tables.task) (id, task_id, status, date_done) VALUES "
                    + "(nextval($2), $1, 'ABORTED', now() AT TIME ZONE 'utc') "
                    + "ON CONFLICT (task_id) DO NOTHING", [taskID, tables.taskSequence])
        }
        return try await result(of: taskID)?.state ?? "ABORTED"
    }

    package func group(_ groupID: String) async throws(ResultError) -> StoredGroup? {
        let answer = try await query("SELECT result FROM \(tables.group) WHERE taskset_id = $1", [groupID])
        guard let row = answer.rows.first else { return nil }
        return DatabaseRow.group(groupID, result: answer.value("result", of: row))
    }

    private func look(atRound round: Int) async {
        let ids = followers.taskIDs
        if ids.isEmpty {
            if round % Self.idleRounds == 0 { _ = try? await query("SELECT 1", []) }
            return
        }
        let generations = ids.reduce(into: [:]) { $0[$1] = followers.generation(of: $1) }
        // A failure shows in the summary; the next round tries again.
        for (id, stored) in (try? await results(of: ids)) ?? [:] {
            if let generation = generations[id] { followers.take(fetched: stored, generation: generation) }
        }
    }

    private func query(_ text: String, _ parameters: [String]) async throws(ResultError) -> PostgresRows {
        do throws(PostgresError) {
            let rows = try await client.query(text, parameters)
            health.set(nil)
            return rows
        } catch {
            var message = error.message
            if error.kind == .refused(state: "42P01") {
                message +=
                    ". Celery makes its tables at the first task; is this the database that your workers use, and are "
                    + "database_table_names and database_table_schemas theirs?"
            }
            health.set("The result backend does not answer: \(message)")
            throw .unavailable("The result backend does not answer: \(message)")
        }
    }
}
