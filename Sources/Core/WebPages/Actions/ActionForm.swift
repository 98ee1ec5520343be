import PageKit

/// A control: a form that `act.js` sends to the API, and whose outcome it shows in the element `outcome`.
struct ActionForm {
    /// What is asked before it is sent. `{n}` in the text becomes what the form's field `n` holds.
    struct Question {
        var title: String
        var text: String
        var isDangerous = false
        /// Has to be typed first.
        var typed: String?
    }

    static let outcome = "outcome"
    /// Where a page shows the state of its task or worker.
    static let stateEffect = "[data-region=\"state\"] .state"

    /// On the button, and as the outcome's title.
    var word: String
    /// Of the API, without prefix.
    var path: StaticString
    /// Fields that the person does not fill in.
    var hidden: [(name: String, value: String)]
    var question: Question?
    var isReading = false
    /// Said instead of the server's own sentence when it was done.
    var done: String?
    /// CSS selector of the element whose text shows the effect.
    var effect: String?
    /// Fetched after it was done, so that the effect can be seen.
    var refresh: Link?
    /// The page of a task that the answer names.
    var next: Link?

    /// `fields` writes what stands before the button.
    func append(to html: inout HTML, _ links: Links, _ rights: Rights, fields: (inout HTML) -> Void = { _ in }) {
        let obstacle = isReading ? nil : rights.obstacle(to: path)
        html.element(
            .form, .class("control"), .init(.method, isReading ? "get" : "post"), .action(links.page(path)),
            .data("act", word), .data("outcome", Self.outcome), question.map { .data("ask", $0.title) },
            question.map { .data("ask-text", $0.text) }, question?.typed.map { .data("ask-typed", $0) },
            isDangerous ? .data("danger") : nil, done.map { .data("done", $0) }, effect.map { .data("effect", $0) },
            refresh.map { .data("refresh", $0.text) }, next.map { .data("next", $0.text) }
        ) { html in
            for field in hidden {
                html.element(.input, .type("hidden"), .name(field.name), .value(field.value))
            }
            fields(&html)
            html.element(
                .button, .class(isDangerous ? "button button-risky" : "button"), .type("submit"),
                obstacle == nil ? nil : .flag(.disabled), obstacle.map { .title($0) }, text: word)
            if let obstacle { html.element(.span, .class("muted"), text: obstacle) }
        }
    }

    private var isDangerous: Bool { question?.isDangerous == true }
}

extension HTML {
    /// A labelled field of a control.
    mutating func field(_ label: String, _ input: (inout HTML) -> Void) {
        element(.label, .class("field")) { html in
            html.element(.span, text: label)
            input(&html)
        }
    }

    /// A field for a whole number.
    /// `spoken` is what a screen reader says where `label` alone would be said of several fields.
    mutating func numberField(
        _ label: String, spoken: String? = nil, name: String, value: Int, min: Int, max: Int
    ) {
        field(label) {
            $0.element(
                .input, .type("number"), .name(name), spoken.map { .aria("label", $0) }, .value(String(value)),
                .init(.min, String(min)),
                .init(.max, String(max)), .flag(.required))
        }
    }
}

extension PageContent {
    /// Where outcomes show; no change of the page takes them away.
    mutating func outcomePlace() {
        still { $0.element(.div, .id(ActionForm.outcome), .class("outcome"), .init(.role, "status")) }
    }
}
