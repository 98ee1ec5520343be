import PageKit

/// The search box of the task list, the help to its language, and the error when the text cannot be read.
enum TaskSearchForm {
    static func append(to html: inout HTML, _ links: Links, _ filter: TaskFilter, error: String?) {
        html.element(
            .form, .class("filter"), .init(.method, "get"), .action(links.page("/tasks")), .init(.role, "search")
        ) { html in
            html.element(.label, .class("search search-wide")) { html in
                html.element(.span, .class("i i-search"), .aria("hidden", "true"))
                html.element(
                    .input, .type("search"), .name("search"), .value(filter.search ?? ""), .data("search"),
                    .init(.placeholder, "Search tasks: words, state:failure, name:mail, kwargs:user=7"),
                    .aria("label", "Search tasks"), .init(.autocomplete, "off"), .init(.spellcheck, "false"),
                    .init(.maxlength, "2048"),
                    error.map { _ in .aria("invalid", "true") },
                    error.map { _ in .aria("describedby", "search-error") })
                html.element(.kbd, .class("scripted only-wide"), text: "/")
            }
            for field in filter.hiddenFields {
                html.element(.input, .type("hidden"), .name(field.name), .value(field.value))
            }
            html.element(.button, .class("button"), .type("submit"), text: "Search")
            help(&html)
        }
        if let error { place(&html, error, filter) }
    }

    private static func help(_ html: inout HTML) {
        html.element(.details, .class("help")) { html in
            html.element(.summary, .class("button"), text: "Syntax")
            html.element(.div, .class("help-card")) { html in
                html.element(.p, text: "Words are found anywhere in a task, three letters or more. All must be there.")
                html.element(.dl, .class("facts")) { html in
                    for (example, meaning) in [
                        ("state:failure", "exactly that state"), ("name:mail", "part of the task's name"),
                        ("worker:node3", "part of the worker's name"), ("args:card", "part of the arguments"),
                        ("kwargs:user=7", "a keyword argument with that value"),
                        ("result:ok", "part of the result"), ("\"two words\"", "a phrase"),
                        ("refund OR charge", "either of them"), ("(a OR b) state:retry", "groups"),
                        ("-refund", "without it; also NOT, and before groups"),
                        ("error:timeout", "part of the exception or traceback"),
                        ("queue:mail", "part of the queue's name"), ("id:3f2a", "the id begins so"),
                        ("runtime:>5s", "also <200ms, 1s..2m; retries:>0"),
                        ("since:1h", "changed since then; until:2026-01-31T12:00"),
                    ] {
                        html.element(.dt) { $0.element(.code, text: example) }
                        html.element(.dd, text: meaning)
                    }
                }
            }
        }
    }

    /// The error, with the text up to where it is and the rest marked.
    private static func place(_ html: inout HTML, _ error: String, _ filter: TaskFilter) {
        html.element(.div, .class("notice notice-bad"), .id("search-error"), .init(.role, "alert")) { html in
            html.element(.span, .class("i i-failure"), .aria("hidden", "true"))
            html.element(.div) { html in
                html.element(.p, text: error)
                guard let text = filter.search, let place = SearchErrorPlace(error, in: text) else { return }
                html.element(.code, .class("place")) { html in
                    html.text(place.before)
                    html.element(.span, .class("place-mark"), text: place.marked)
                }
            }
        }
    }
}
