import CeleryProtocol
import FlowerAPI
import Testing

@Suite struct JSONBodyTests {
    private func text(_ write: (inout JSONBody) -> Void) -> String {
        var writer = JSONBody()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(
        "Strings are ASCII, escaped as Flower escapes them",
        arguments: [
            ("plain", "\"plain\""), ("", "\"\""), ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t\u{8}\u{c}", #""\n\r\t\b\f""#),
            ("\u{0}\u{1f}", #""\u0000\u001f""#), ("<b>x</b>", #""<b>x<\/b>""#), ("a/b", "\"a/b\""), ("</", #""<\/""#),
            ("\u{7f}", #""\u007f""#), ("\u{e9}\u{2713}", #""\u00e9\u2713""#), ("\u{1f600}!", #""\ud83d\ude00!""#),
            ("\u{10ffff}", #""\udbff\udfff""#), ("\u{2028}", #""\u2028""#),
        ])
    func strings(value: String, json: String) {
        #expect(text { $0.string(value) } == json)
    }

    @Test(
        "Floats are what Python prints",
        arguments: [
            (1_795_342_142.017644, "1795342142.017644"), (1_795_342_142.0188065, "1795342142.0188065"), (2, "2.0"),
            (0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (100, "100.0"), (-1.5, "-1.5"),
            (
                3.014597776999949,
                "3.014597776999949"
            ), (0.0001, "0.0001"), (0.00001, "1e-05"), (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998, "9999999999999998.0"), (1e16, "1e+16"), (1.5e16, "1.5e+16"),
            (-12_345_678_901_234_568, "-1.2345678901234568e+16"), (1e22, "1e+22"),
            (2.2250738585072014e-308, "2.2250738585072014e-308"),
            (0.001, "0.001"), (4_294_967_295.999999, "4294967295.999999"), (0.30000000000000004, "0.30000000000000004"),
            (123.456789, "123.456789"), (0.000001, "1e-06"), (0.004538, "0.004538"),
        ] as [(Double, String)])
    func floats(value: Double, json: String) {
        #expect(text { $0.number(value) } == json)
    }

    @Test("Every float reads back as the same float and never has more digits than needed")
    func floatRoundTrip() {
        var state: UInt64 = 0x2545_f491_4f6c_dd1d
        var wrong: [Double] = []
        for _ in 0..<20_000 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let value = Double(state % 2_000_000_000_000_000) / 1_000_000
            let json = text { $0.number(value) }
            if Double(json) != value || json != value.description { wrong.append(value) }
        }
        #expect(wrong.isEmpty)
    }

    @Test("What JSON cannot say becomes null", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(value: Double) {
        #expect(text { $0.number(value) } == "null")
        #expect(text { $0.value(.double(value)) } == "null")
    }

    @Test("A worker's values keep their order, their big integers and their types")
    func values() {
        let value = JSONValue.object([
            ("b", .array([.int(-7), .bool(true), .null, .double(0.5)])), ("a\n", .bigInteger("1180591620717411303424")),
            ("c", .bigInteger("-12")), ("d", .bigInteger("1],\"x\":[")), ("e", .object([])),
        ])
        #expect(
            text { $0.value(value) }
                == #"{"b": [-7, true, null, 0.5], "a\n": 1180591620717411303424, "c": -12, "d": "1],\"x\":[", "e": {}}"#
        )
    }

    @Test("A value nested without end is cut instead of exhausting the stack")
    func depth() {
        var value = JSONValue.null
        for _ in 0..<5000 { value = .array([value]) }
        let json = text { $0.value(value) }
        #expect(json.utf8.count < 300)
        #expect(json.contains("null"))
    }
}
