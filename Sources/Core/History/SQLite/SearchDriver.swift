internal import ClusterState
internal import GRDB

/// Where the tasks that a search may match are found: the union of what the index brings for `matches`, of `ids`, and of
/// all tasks for which one of `columns` holds.
struct SearchDriver {
    /// FTS5 expressions.
    var matches: [String] = []
    var ids: [Int64] = []
    var columns: [SQLCondition] = []

    /// Nothing but the index and single rows is read.
    var isNarrow: Bool { columns.isEmpty }

    /// The best way into a search; nil when every task has to be looked at.
    static func best(
        for hint: SearchHint, isIndexed: Bool, _ words: Words, _ texts: Texts, _ db: Database
    ) throws -> SearchDriver? {
        let parts: [SearchHint] = if case .and(let parts) = hint { parts } else { [hint] }
        var narrow: SearchDriver?
        var wide: SearchDriver?
        for part in parts {
            guard let driver = try SearchDriver(part, isIndexed, words, texts, db) else { continue }
            guard driver.isNarrow else {
                wide = wide ?? driver
                continue
            }
            if let known = narrow {
                narrow = known.narrowed(by: driver)
            } else {
                narrow = driver
            }
        }
        return narrow ?? wide
    }

    /// Both hold. The index can tell that of two plain words; otherwise one of the two is as good as the other.
    private func narrowed(by other: SearchDriver) -> SearchDriver {
        if ids.isEmpty, other.ids.isEmpty, matches.count == 1, other.matches.count == 1 {
            return SearchDriver(matches: ["(\(matches[0])) AND (\(other.matches[0]))"])
        }
        if other.matches.isEmpty, other.ids.count < ids.count || !matches.isEmpty { return other }
        return self
    }

    private init(matches: [String] = [], ids: [Int64] = [], columns: [SQLCondition] = []) {
        self.matches = matches
        self.ids = ids
        self.columns = columns
    }

    private init?(_ hint: SearchHint, _ isIndexed: Bool, _ words: Words, _ texts: Texts, _ db: Database) throws {
        switch hint {
        case .any: return nil
        case .or(let parts):
            for part in parts {
                guard let driver = try SearchDriver(part, isIndexed, words, texts, db) else { return nil }
                matches += driver.matches
                ids += driver.ids
                columns += driver.columns
            }
        case .and(let parts):
            guard
                let best = try SearchDriver.best(
                    for: .and(parts), isIndexed: isIndexed, words, texts, db)
            else { return nil }
            self = best
        case .text(let text):
            guard isIndexed, let match = SearchText.match(text) else { return nil }
            matches = [match]
        case .error(let text):
            guard isIndexed, let match = SearchText.match(text) else { return nil }
            matches = [match]
            let found = try texts.ids(db) { TextFolding.fold($0).contains(text) }
            if !found.isEmpty { columns = [SQLCondition("traceback", in: found)] }
        case .name(let text):
            let found = try words.ids(db) { TextFolding.fold($0).contains(text) }
            if !found.isEmpty { columns = [SQLCondition("name", in: found)] }
        case .worker(let text):
            let found = try words.ids(db) { TextFolding.fold($0).contains(text) }
            if !found.isEmpty { columns = [SQLCondition("worker", in: found)] }
        case .state(let text):
            let found = try StateNumber.numbers(words, db) { TextFolding.fold($0).contains(text) }
            if !found.isEmpty { columns = [SQLCondition("state", in: found)] }
        case .id(let text):
            ids = try SearchDriver.oddIDs(text, db)
            if text.utf8.count == 36, TaskKey.isUUID(text) {
                ids += try Int64.fetchAll(
                    db, sql: "SELECT id FROM task WHERE key = ?", arguments: [TaskKey.key(of: text)])
            } else if text.utf8.count < 36, text.utf8.allSatisfy(SearchDriver.isPartOfUUID) {
                columns = [SQLCondition("instr(uuid, ?) > 0", [text])]
            }
        case .idPrefix(let text):
            ids = try SearchDriver.oddIDs(text, db)
            if let range = TaskKey.range(ofPrefix: text) {
                if text.utf8.count < 4 {
                    columns = [SQLCondition("key BETWEEN ? AND ?", [range.lowerBound, range.upperBound])]
                } else {
                    ids += try Int64.fetchAll(
                        db, sql: "SELECT id FROM task WHERE key BETWEEN ? AND ?",
                        arguments: [range.lowerBound, range.upperBound])
                }
            }
        }
    }

    private static func isPartOfUUID(_ byte: UInt8) -> Bool {
        byte == 0x2D || (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// Tasks whose ids are no UUIDs are few and in an index of their own.
    private static func oddIDs(_ text: String, _ db: Database) throws -> [Int64] {
        var ids: [Int64] = []
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, uuid FROM task INDEXED BY task_by_odd_id WHERE \(TaskRecord.hasOddID)")
        while let row = try rows.next() {
            if TextFolding.fold(row[1]).contains(text) { ids.append(row[0]) }
        }
        return ids
    }
}
