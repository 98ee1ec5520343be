/// What a query brought, as text by column; nil is NULL.
package struct PostgresRows: Sendable, Equatable {
    package var columns: [String]
    package var rows: [[String?]]
    /// Rows that a statement changed.
    package var changed: Int

    package init(columns: [String], rows: [[String?]], changed: Int) {
        self.columns = columns
        self.rows = rows
        self.changed = changed
    }

    /// A value by its column's name; nil also when there is no such column.
    package func value(_ column: String, of row: [String?]) -> String? {
        columns.firstIndex(of: column).flatMap { $0 < row.count ? row[$0] : nil }
    }

    /// The bytes of a `bytea` in its text form, `\x` and hex digits; nil when `text` is none.
    package static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]), digits.count % 2 == 0 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(digits.count / 2)
        for index in stride(from: 2, to: digits.count, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
