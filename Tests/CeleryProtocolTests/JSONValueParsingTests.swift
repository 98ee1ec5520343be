import CeleryProtocol
import Testing

@Suite("JSON as Python writes it") struct JSONValueParsingTests {
    @Test(
        "Values are read",
        arguments: [
            ("null", JSONValue.null), (" true ", .bool(true)), ("false", .bool(false)),
            ("0", .int(0)), ("-7", .int(-7)), ("9223372036854775807", .int(.max)),
            ("9223372036854775808", .bigInteger("9223372036854775808")),
            ("-1180591620717411303424", .bigInteger("-1180591620717411303424")),
            ("1.5", .double(1.5)), ("1e3", .double(1000)), ("1E-5", .double(1e-5)), ("1e999", .double(.infinity)),
            ("Infinity", .double(.infinity)), ("-Infinity", .double(-.infinity)),
            ("[]", .array([])), ("{}", .object([])),
            ("[1, [2, {\"a\": null}]]", .array([.int(1), .array([.int(2), .object([("a", .null)])])])),
            ("{\"a\": 1, \"b\": 2, \"a\": 3}", .object([("a", .int(3)), ("b", .int(2))])),
            ("\"\"", .string("")), ("\"a\\n\\t\\\"\\\\\\/\\u00e9\"", .string("a\n\t\"\\/\u{e9}")),
            ("\"raw\nnewline\u{0} and null\"", .string("raw\nnewline\u{0} and null")),
            ("\"\\ud83d\\ude00\"", .string("\u{1f600}")),
            ("\"\\ud800\"", .string("\u{fffd}")), ("\"\\udc00x\"", .string("\u{fffd}x")),
            ("\"\\ud800\\u0041\"", .string("\u{fffd}A")), ("\"\\ud800\\ud83d\\ude00\"", .string("\u{fffd}\u{1f600}")),
        ])
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test("NaN is read as NaN")
    func readsNaN() throws {
        guard case .array(let elements) = try JSONValue(parsing: "[NaN]"), case .double(let value)? = elements.first
        else {
            Issue.record("not an array with a double")
            return
        }
        #expect(value.isNaN)
    }

    @Test("Bytes that are not UTF-8 are repaired")
    func repairs() throws {
        #expect(try JSONValue(parsing: [0x22, 0xff, 0x41, 0x22]) == .string("\u{fffd}A"))
    }

    @Test(
        "What is not JSON is refused",
        arguments: [
            "", " ", "nul", "[1,]", "[1 2]", "[", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "\"abc", "\"\\x\"",
            "\"\\u12\"", "\"\\u12g4\"", "1 2", "01", "1.", "1e", "-", "+1", ".5", "'a'", "nan", "\"\\",
        ])
    func refuses(text: String) {
        #expect(throws: JSONParseError.self) { try JSONValue(parsing: text) }
    }

    @Test("Every prefix of a text is either refused or read, never a crash")
    func survivesTruncation() throws {
        let text = Array("{\"k\": [1.5e3, -Infinity, \"\\ud83d\\ude00\", {\"x\": null}], \"t\": true}".utf8)
        for count in 0..<text.count {
            #expect(throws: JSONParseError.self) { try JSONValue(parsing: Array(text.prefix(count))) }
        }
        #expect(try JSONValue(parsing: text)["t"] == .bool(true))
    }

    @Test("Depth, size and number of values are bounded")
    func bounds() throws {
        let deep = String(repeating: "[", count: 100_000)
        let error = #expect(throws: JSONParseError.self) { try JSONValue(parsing: deep) }
        #expect(error?.description == "values are nested deeper than 128 at byte 128")
        let nested = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(throws: Never.self) { try JSONValue(parsing: nested) }
        #expect(throws: JSONParseError.self) { try JSONValue(parsing: "[1,2]", limits: JSONLimits(bytes: 4)) }
        #expect(throws: JSONParseError.self) { try JSONValue(parsing: "[1,2]", limits: JSONLimits(values: 2)) }
    }
}
