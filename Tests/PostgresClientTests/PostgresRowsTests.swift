import Testing

@testable import PostgresClient

@Suite("Rows of PostgreSQL") struct PostgresRowsTests {
    @Test(
        "bytea is read from its text form",
        arguments: [("\\x", []), ("\\x00ff7b", [0, 255, 0x7b]), ("00", nil), ("\\x0", nil), ("\\x0g", nil)]
            as [(String, [UInt8]?)])
    func bytes(_ text: String, _ bytes: [UInt8]?) { #expect(PostgresRows.bytes(text) == bytes) }

    @Test("Values are found by their column, and NULL and unknown columns are nil")
    func values() {
        let rows = PostgresRows(columns: ["a", "b"], rows: [["1", nil]], changed: 0)
        #expect(rows.value("a", of: rows.rows[0]) == "1")
        #expect(rows.value("b", of: rows.rows[0]) == nil)
        #expect(rows.value("c", of: rows.rows[0]) == nil)
    }

    @Test("A server that is not there is told without the password")
    func away() async {
        let client = PostgresClient(
            url: "postgresql://u:secret@127.0.0.1:1/db", place: "postgresql://u:**@127.0.0.1:1/db")
        let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("secret") == false)
    }
}
