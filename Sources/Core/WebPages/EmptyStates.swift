import PageKit

/// What to do when there is nothing to show.
enum EmptyStates {
    static func noWorkers(_ html: inout HTML) {
        html.element(.section, .class("empty")) { html in
            html.element(.span, .class("i i-worker empty-icon"), .aria("hidden", "true"))
            html.element(.h2, text: "No worker has been heard from yet")
            html.element(
                .p, text: "A worker shows up within seconds of its first heartbeat. Start one that sends events:")
            html.command("celery -A your_app worker -E")
            html.element(.p) { html in
                html.text("If workers run already: do they use the broker shown below, and were they started ")
                html.element(.em, text: "without")
                html.text(" ")
                html.element(.code, text: "--without-heartbeat")
                html.text("? Task events of running workers are switched on by")
            }
            html.command("celery -A your_app control enable_events")
        }
    }

    static func noTasks(_ html: inout HTML) {
        html.element(.section, .class("empty")) { html in
            html.element(.span, .class("i i-task empty-icon"), .aria("hidden", "true"))
            html.element(.h2, text: "No task has been seen yet")
            html.element(
                .p,
                text: "Tasks show up as soon as a worker that sends events receives one. "
                    + "Tasks from before this monitor started are not known to it.")
            html.element(.p) { html in
                html.text("Workers started with ")
                html.element(.code, text: "-E")
                html.text(" (or ")
                html.element(.code, text: "worker_send_task_events = True")
                html.text(") send events; running ones are switched on by")
            }
            html.command("celery -A your_app control enable_events")
            html.element(.p) { html in
                html.text("To see tasks while they still wait in a queue, set ")
                html.element(.code, text: "task_send_sent_event = True")
                html.text(" where they are sent.")
            }
        }
    }
}

extension HTML {
    /// A command line that can be copied.
    mutating func command(_ line: String) {
        element(.p, .class("command")) { html in
            html.element(.code, text: line)
            html.copyButton(line)
        }
    }

    mutating func copyButton(_ text: String, label: String = "Copy") {
        element(
            .button, .class("icon-button copy scripted"), .type("button"), .data("copy", text), .title(label),
            .aria("label", label)
        ) { $0.element(.span, .class("i i-copy"), .aria("hidden", "true")) }
    }

    /// Copies the text of the element `id`.
    mutating func copyButton(from id: String, label: String) {
        element(
            .button, .class("icon-button copy scripted"), .type("button"), .data("copy-from", id), .title(label),
            .aria("label", label)
        ) { $0.element(.span, .class("i i-copy"), .aria("hidden", "true")) }
    }
}
