internal import GRDB

/// A part of a WHERE clause with what stands for its question marks.
struct SQLCondition {
    var sql: String
    var arguments: [any DatabaseValueConvertible]

    init(_ sql: String, _ arguments: [any DatabaseValueConvertible] = []) {
        self.sql = sql
        self.arguments = arguments
    }

    /// `column IN (1, 2, 3)`; numbers of ours need no question marks.
    init(_ column: String, in ids: [Int64]) {
        self.init("\(column) IN (\(ids.map(String.init).joined(separator: ", ")))")
    }

    static func all(_ conditions: [SQLCondition]) -> SQLCondition {
        conditions.isEmpty ? SQLCondition("1") : joined(conditions, " AND ")
    }

    static func any(_ conditions: [SQLCondition]) -> SQLCondition {
        conditions.isEmpty ? SQLCondition("0") : joined(conditions, " OR ")
    }

    private static func joined(_ conditions: [SQLCondition], _ separator: String) -> SQLCondition {
        SQLCondition(
            conditions.map { "(\($0.sql))" }.joined(separator: separator), conditions.flatMap(\.arguments))
    }
}
