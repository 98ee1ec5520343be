import CeleryProtocol
import Testing

@Suite("JSON as Flower writes it") struct JSONValueWritingTests {
    @Test(
        "Doubles look as in Python",
        arguments: [
            (1.0, "1.0"), (0.0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e-5, "1e-05"), (0.0001, "0.0001"),
            (1e16, "1e+16"), (1e15, "1000000000000000.0"), (123456789012345678.0, "1.2345678901234568e+17"),
            (9007199254740993.0, "9007199254740992.0"), (-2.5e-7, "-2.5e-07"), (1e22, "1e+22"), (1.5e300, "1.5e+300"),
            (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"), (100.0, "100.0"),
            (1795344419.5252616, "1795344419.5252616"), (0.06814454100003786, "0.06814454100003786"),
            (9999999999999998.0, "9999999999999998.0"), (.nan, "null"), (-.infinity, "null"),
        ])
    func writesDoubles(value: Double, text: String) {
        #expect(written(.double(value)) == text)
    }

    @Test(
        "Strings are ASCII and cannot end a script",
        arguments: [
            ("h\u{e9}", "\"h\\u00e9\""), ("\u{1f600}", "\"\\ud83d\\ude00\""), ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("</script>", "\"<\\/script>\""), ("a/b", "\"a/b\""), ("\u{0}\u{1f}\u{7f}", "\"\\u0000\\u001f\\u007f\""),
            ("\n\r\t\u{8}\u{c}", "\"\\n\\r\\t\\b\\f\""), ("\u{2028}", "\"\\u2028\""),
        ])
    func writesStrings(value: String, text: String) {
        #expect(written(.string(value)) == text)
    }

    @Test("A character is escaped wherever in the text it stands")
    func escapesAnywhere() {
        let escapes = [
            ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"), ("\u{1f}", "\\u001f"), ("\u{7f}", "\\u007f"), ("/", "/"),
            ("</", "<\\/"), ("\u{e9}", "\\u00e9"), ("\u{1f600}", "\\ud83d\\ude00"), ("\u{20}", " "), ("~", "~"),
        ]
        for (character, escape) in escapes {
            for before in 0..<20 {
                for after in [0, 1, 7, 8, 9] {
                    let head = String(repeating: "a", count: before)
                    let tail = String(repeating: "z", count: after)
                    #expect(written(.string(head + character + tail)) == "\"" + head + escape + tail + "\"")
                    #expect(
                        written(.string(head + character + character + tail))
                            == "\"" + head + escape + escape + tail + "\"")
                }
            }
        }
    }

    @Test("A big integer that is none is a string")
    func bigIntegers() {
        #expect(written(.bigInteger("-1180591620717411303424")) == "-1180591620717411303424")
        for text in ["", "-", "01", "1,2", "1e5"] { #expect(written(.bigInteger(text)) == "\"" + text + "\"") }
    }

    @Test("Members keep their order and Python's spaces")
    func writesObjects() {
        let value = JSONValue.object([
            ("b", .array([.int(1), .null, .bool(true)])), ("a", .bigInteger("1180591620717411303424")),
            ("e", .object([])), ("f", .array([])),
        ])
        #expect(written(value) == #"{"b": [1, null, true], "a": 1180591620717411303424, "e": {}, "f": []}"#)
        let compact = String(decoding: value.serialized(isSpaced: false), as: UTF8.self)
        #expect(compact == #"{"b":[1,null,true],"a":1180591620717411303424,"e":{},"f":[]}"#)
    }

    @Test("What is written reads back the same")
    func roundTrips() throws {
        let value = JSONValue.object([
            ("\u{e9}</a>", .array([.double(0.1), .double(1e300), .int(.min), .string("\u{1f600}\u{0}")])),
            ("n", .null),
        ])
        #expect(try JSONValue(parsing: value.serialized()) == value)
    }

    private func written(_ value: JSONValue) -> String {
        String(decoding: value.serialized(), as: UTF8.self)
    }
}
