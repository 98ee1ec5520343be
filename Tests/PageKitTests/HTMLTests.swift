import PageKit
import Testing

@Suite("HTML is escaped by type")
struct HTMLTests {
    @Test(
        "Text from outside never becomes markup",
        arguments: [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a & b", "a &amp; b"),
            ("\"'`", "&quot;&#39;`"),
            ("tab\tand\nline", "tab\tand\nline"),
            ("nul\u{0}bell\u{7}del\u{7F}", "nul\u{FFFD}bell\u{FFFD}del\u{FFFD}"),
            ("größer 名前 🌼", "größer 名前 🌼"),
            ("", ""),
        ])
    func text(_ hostile: String, _ written: String) {
        let html = HTML { $0.element(.p, .title(hostile), text: hostile) }
        #expect(String(decoding: html.bytes, as: UTF8.self) == "<p title=\"\(written)\">\(written)</p>")
    }

    @Test("Void elements have no end tag, empty ones have")
    func voidElements() {
        let html = HTML {
            $0.element(.input, .type("text"), .flag(.required))
            $0.element(.span, .class("i"))
        }
        #expect(String(decoding: html.bytes, as: UTF8.self) == #"<input type="text" required><span class="i"></span>"#)
    }

    @Test("Attributes that are nil are left out")
    func optionalAttributes() {
        let current: Attribute? = nil
        let html = HTML { $0.element(.a, .href(Links(prefix: "/flower").page("/tasks")), current, text: "Tasks") }
        #expect(String(decoding: html.bytes, as: UTF8.self) == #"<a href="/flower/tasks">Tasks</a>"#)
    }
}
