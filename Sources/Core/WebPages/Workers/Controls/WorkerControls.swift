internal import CeleryBroker
import CeleryProtocol
import PageKit

/// What can be done with one worker.
struct WorkerControls {
    let name: String
    /// What the worker last said of itself.
    let inspection: WorkerInspection?
    let status: WorkerStatus
    let rights: Rights
    let links: Links

    func append(to html: inout HTML) {
        html.element(.h2, text: "Controls")
        if let obstacle = rights.obstacle {
            html.element(.p, .class("muted"), text: obstacle)
            return
        }
        html.element(.p, .class("muted unscripted"), text: "Controls need scripts in the browser.")
        html.element(.div, .class("panel control-panel scripted")) { html in
            if status != .online {
                html.element(.p, .class("muted"), text: "The worker is not heard: it may not receive what is sent.")
            }
            pool(&html)
            queues(&html)
            limits(&html)
            lifecycle(&html)
        }
    }

    // MARK: Pool

    private func pool(_ html: inout HTML) {
        html.element(.div, .class("control-group")) { html in
            html.element(.h3, text: "Pool")
            html.element(.p) { html in
                html.element(.strong, .id("pool-size"), text: WorkerPool(inspection?.stats).sizeText)
                if let range = WorkerPool(inspection?.stats).autoscaleText { html.text(", \(range)") }
            }
            html.element(.div, .class("controls")) { html in
                resize("Grow", "/api/worker/pool/grow", question: nil).append(to: &html, links, rights) {
                    $0.numberField("by", spoken: "Grow by", name: "n", value: 1, min: 1, max: 1000)
                }
                resize(
                    "Shrink", "/api/worker/pool/shrink",
                    question: ActionForm.Question(
                        title: "Shrink the pool?", text: "\(name) ends {n} of its processes; each first ends its task.")
                ).append(to: &html, links, rights) {
                    $0.numberField("by", spoken: "Shrink by", name: "n", value: 1, min: 1, max: 1000)
                }
                resize("Autoscale", "/api/worker/pool/autoscale", question: nil).append(to: &html, links, rights) {
                    $0.numberField("from", spoken: "Autoscale from", name: "min", value: 1, min: 0, max: 1000)
                    $0.numberField("to", spoken: "Autoscale to", name: "max", value: 4, min: 1, max: 1000)
                }
            }
        }
    }

    private func resize(_ word: String, _ path: StaticString, question: ActionForm.Question?) -> ActionForm {
        ActionForm(
            word: word, path: path, hidden: [("name", name)], question: question, effect: "#pool-size",
            refresh: inspectionLink)
    }

    // MARK: Queues

    private func queues(_ html: inout HTML) {
        let consumed = inspection.map(InspectedQueue.names) ?? []
        html.element(.div, .class("control-group")) { html in
            html.element(.h3, text: "Queues")
            html.element(
                .p, .id("queue-names"), .class("breakable"),
                text: consumed.isEmpty ? "not told yet" : consumed.sorted().joined(separator: ", "))
            html.element(.div, .class("controls")) { html in
                consumer("Add consumer", "/api/worker/queue/add-consumer", question: nil)
                    .append(to: &html, links, rights) { html in
                        html.field("queue") {
                            $0.element(
                                .input, .type("text"), .name("queue"), .flag(.required), .init(.autocomplete, "off"),
                                .init(.spellcheck, "false"), .init(.maxlength, "255"))
                        }
                    }
                guard !consumed.isEmpty else { return }
                consumer(
                    "Cancel consumer", "/api/worker/queue/cancel-consumer",
                    question: ActionForm.Question(
                        title: "Stop reading a queue?",
                        text: "\(name) takes no more tasks from {queue}. What it has fetched already, it runs.",
                        isDangerous: true)
                ).append(to: &html, links, rights) { html in
                    html.field("queue") { html in
                        html.element(.select, .name("queue")) { html in
                            for queue in consumed.sorted() { html.element(.option, .value(queue), text: queue) }
                        }
                    }
                }
            }
        }
    }

    private func consumer(_ word: String, _ path: StaticString, question: ActionForm.Question?) -> ActionForm {
        ActionForm(
            word: word, path: path, hidden: [("name", name)], question: question, effect: "#queue-names",
            refresh: inspectionLink)
    }

    // MARK: Limits

    private func limits(_ html: inout HTML) {
        let tasks = RegisteredTask.all(in: inspection)
        guard !tasks.isEmpty else { return }
        html.element(.div, .class("control-group")) { html in
            html.element(.h3, text: "Limits of one task, at this worker")
            html.element(.div, .class("controls")) { html in
                limit("Set rate", "/api/task/rate-limit").append(to: &html, links, rights) { html in
                    choice(&html, of: tasks)
                    html.field("rate") {
                        $0.element(
                            .input, .type("text"), .name("ratelimit"), .flag(.required), .class("short"),
                            .init(.placeholder, "10/m"), .init(.autocomplete, "off"),
                            .title("Tasks per second, or per minute or hour as 10/m and 10/h; 0 is no limit"))
                    }
                }
                limit("Set times", "/api/task/timeout").append(to: &html, links, rights) { html in
                    choice(&html, of: tasks)
                    for (label, name) in [("soft", "soft"), ("hard", "hard")] {
                        html.field(label) {
                            $0.element(
                                .input, .type("text"), .name(name), .class("short"), .init(.placeholder, "none"),
                                .init(.inputmode, "decimal"), .init(.autocomplete, "off"),
                                .title("Seconds; empty is no limit"))
                        }
                    }
                }
            }
        }
    }

    private func limit(_ word: String, _ path: StaticString) -> ActionForm {
        ActionForm(word: word, path: path, hidden: [("workername", name)], refresh: inspectionLink)
    }

    private func choice(_ html: inout HTML, of tasks: [RegisteredTask]) {
        html.field("task") { html in
            html.element(.select, .name("name")) { html in
                for task in tasks.prefix(2000) { html.element(.option, .value(task.name), text: task.text) }
            }
        }
    }

    // MARK: Lifecycle

    private func lifecycle(_ html: inout HTML) {
        html.element(.div, .class("control-group")) { html in
            html.element(.h3, text: "Worker")
            html.element(.div, .class("controls")) { html in
                ActionForm(
                    word: "Ping", path: "/api/worker/inspect/ping", hidden: [("workername", name)], isReading: true,
                    done: "Asked."
                ).append(to: &html, links, rights)
                ActionForm(word: "Enable events", path: "/api/worker/events/enable", hidden: [("name", name)])
                    .append(to: &html, links, rights)
                ActionForm(
                    word: "Disable events", path: "/api/worker/events/disable", hidden: [("name", name)],
                    question: ActionForm.Question(
                        title: "Stop this worker's task events?",
                        text: "Nothing is heard of tasks at \(name) until they are enabled again. "
                            + "Calyx does that by itself within 5 seconds, unless it runs with --enable_events=false.")
                ).append(to: &html, links, rights)
                ActionForm(
                    word: "Restart pool", path: "/api/worker/pool/restart", hidden: [("name", name)],
                    question: ActionForm.Question(
                        title: "Restart the pool?",
                        text:
                            "\(name) replaces all processes of its pool. It can only with worker_pool_restarts = True.",
                        isDangerous: true),
                    refresh: inspectionLink
                ).append(to: &html, links, rights)
                ActionForm(
                    word: "Shut down", path: "/api/worker/shutdown", hidden: [("name", name)],
                    question: ActionForm.Question(
                        title: "Shut this worker down?",
                        text: "\(name) ends the tasks that run, takes no others, and stops. "
                            + "It can only be started again where it runs.",
                        isDangerous: true, typed: name),
                    done: "Sent. A worker does not answer this one; it goes offline once its tasks have ended.",
                    effect: ActionForm.stateEffect
                ).append(to: &html, links, rights)
            }
        }
    }

    private var inspectionLink: Link { Self.inspection(of: name, links) }

    /// Asks the worker about itself, and answers once it has.
    static func inspection(of name: String, _ links: Links) -> Link {
        links.page("/api/workers", query: [("workername", name), ("refresh", "1")])
    }
}
