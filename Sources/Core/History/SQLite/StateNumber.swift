internal import ClusterState
internal import GRDB

/// A task state as a number: Celery's own below 8, others 8 + the number of their name.
enum StateNumber {
    private static let known: [TaskState] = [
        .pending, .received, .started, .success, .failure, .retry, .revoked, .rejected,
    ]

    static let retry: Int64 = 5

    static func number(of state: TaskState, _ words: Words, _ db: Database) throws -> Int64 {
        switch state {
        case .pending: return 0
        case .received: return 1
        case .started: return 2
        case .success: return 3
        case .failure: return 4
        case .retry: return 5
        case .revoked: return 6
        case .rejected: return 7
        case .custom(let name): return try (words.id(of: name, db) ?? 0) + Int64(known.count)
        }
    }

    static func state(_ number: Int64, _ words: Words, _ db: Database) throws -> TaskState {
        if number < Int64(known.count) { return known[max(0, Int(number))] }
        return .custom(try words.text(of: number - Int64(known.count), db) ?? "?")
    }

    /// The numbers of the states whose names satisfy `matches`.
    static func numbers(_ words: Words, _ db: Database, where matches: (String) -> Bool) throws -> [Int64] {
        let own = known.indices.filter { matches(known[$0].name) }.map(Int64.init)
        return own + (try words.ids(db, where: matches)).map { $0 + Int64(known.count) }
    }
}
