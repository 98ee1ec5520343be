internal import CeleryBroker
internal import ClusterState
import PageKit

/// What can be done with one task.
struct TaskActions {
    /// The signals that end a process, or that Celery gives a meaning (SIGUSR1 is its soft time limit).
    private static let signals = ["SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT", "SIGUSR1"]

    let id: String
    /// Nil when no event told it.
    let name: String?
    let state: TaskState?
    let results: ResultBackendSummary
    let rights: Rights
    let links: Links

    func append(to html: inout HTML) {
        if let obstacle = rights.obstacle {
            html.element(.p, .class("muted"), text: obstacle)
            return
        }
        html.element(.p, .class("muted unscripted"), text: "What can be done with a task needs scripts in the browser.")
        html.element(.div, .class("controls scripted"), .init(.role, "group"), .aria("label", "Actions")) { html in
            if name != nil { runAgain.append(to: &html, links, rights) }
            guard state?.isFinished != true else { return }
            revoke.append(to: &html, links, rights)
            if results.kind != .none, results.problem == nil, state != nil { abort.append(to: &html, links, rights) }
            terminate.append(to: &html, links, rights) { html in
                html.field("by") { html in
                    html.element(.select, .name("signal")) { html in
                        for signal in Self.signals { html.element(.option, .value(signal), text: signal) }
                    }
                }
            }
        }
    }

    /// The task as the questions name it.
    private var described: String { name.map { "\($0) (\(id))" } ?? id }

    private var runAgain: ActionForm {
        ActionForm(
            word: "Run again", path: "/api/task/run-again", hidden: [("id", id)],
            question: ActionForm.Question(
                title: "Run this task again?",
                text: "A new task is sent with the name, the arguments and the queue of \(described). "
                    + "This one stays as it is."),
            next: links.page("/task"))
    }

    private var revoke: ActionForm {
        ActionForm(
            word: "Revoke", path: "/api/task/revoke", hidden: [("id", id)],
            question: ActionForm.Question(
                title: "Revoke this task?",
                text: "All workers are told to skip \(described) when it comes. If it runs already, it goes on."))
    }

    private var terminate: ActionForm {
        ActionForm(
            word: "Revoke and terminate", path: "/api/task/revoke", hidden: [("id", id), ("terminate", "true")],
            question: ActionForm.Question(
                title: "Revoke and terminate this task?",
                text: "All workers are told to skip \(described), and the process that runs it gets {signal}. "
                    + "What it has done so far is not undone.",
                isDangerous: true),
            effect: state == .started ? ActionForm.stateEffect : nil)
    }

    private var abort: ActionForm {
        ActionForm(
            word: "Abort", path: "/api/task/abort", hidden: [("id", id)],
            question: ActionForm.Question(
                title: "Abort this task?",
                text: "ABORTED is stored as the state of \(described). Only a task that looks for it "
                    + "(AbortableTask, is_aborted) stops."))
    }
}
