internal import GRDB
internal import GRDBSQLite

/// Gives a statement its values one after the other and runs it, by SQLite's own interface: GRDB's arguments cost several
/// allocations for each value, which is most of what a row costs.
struct RowBinder {
    private let statement: OpaquePointer
    private var place: Int32 = 0

    /// All of the statement's values must be given before it is run.
    init(_ statement: Statement) { self.statement = statement.sqliteStatement }

    @inline(__always)
    mutating func add(_ value: Int64?) {
        place += 1
        if let value { sqlite3_bind_int64(statement, place, value) } else { sqlite3_bind_null(statement, place) }
    }

    @inline(__always)
    mutating func add(_ value: Double?) {
        place += 1
        if let value { sqlite3_bind_double(statement, place, value) } else { sqlite3_bind_null(statement, place) }
    }

    @inline(__always)
    mutating func add(_ value: String?) {
        guard var value else {
            place += 1
            sqlite3_bind_null(statement, place)
            return
        }
        value.withUTF8 { add($0) }
    }

    /// UTF-8, which is copied.
    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        place += 1
        text.withMemoryRebound(to: CChar.self) { text in
            _ = sqlite3_bind_text64(
                statement, place, text.baseAddress, UInt64(text.count), Self.copied, UInt8(SQLITE_UTF8))
        }
    }

    /// SQLITE_TRANSIENT, a cast that Swift does not import.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Runs a statement that brings no rows.
    func run() throws {
        defer { sqlite3_reset(statement) }
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw problem(code) }
    }

    /// The first column of the first row; nil when there is none.
    func number() throws -> Int64? {
        defer { sqlite3_reset(statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return sqlite3_column_int64(statement, 0)
        case SQLITE_DONE: return nil
        case let code: throw problem(code)
        }
    }

    private func problem(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(sqlite3_db_handle(statement))))
    }
}
