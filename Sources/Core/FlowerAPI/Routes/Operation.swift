/// Everything that the API can be asked for. The raw value is the operation's name in the OpenAPI document.
enum Operation: String, CaseIterable, Sendable {
    case listWorkers, listWorkerRows, listTasks, listTaskTypes, getTaskInfo, getTaskResult, getQueueLengths
    case listGaps, getTaskTable, getMetrics, getDescription, askWorkers
    case enableEvents, disableEvents
    case shutDownWorker, restartPool, growPool, shrinkPool, autoscalePool, addConsumer, cancelConsumer
    case applyTask, asyncApplyTask, sendTask, runTaskAgain, abortTask, revokeTask, setTimeLimits, setRateLimit

    /// Whether it sends something to workers, queues or the result backend.
    var acts: Bool {
        switch self {
        case .listWorkers, .listWorkerRows, .listTasks, .listTaskTypes, .getTaskInfo, .getTaskResult, .getQueueLengths,
            .listGaps, .getTaskTable, .getMetrics, .getDescription, .askWorkers:
            false
        case .shutDownWorker, .restartPool, .growPool, .shrinkPool, .autoscalePool, .addConsumer, .cancelConsumer,
            .applyTask, .asyncApplyTask, .sendTask, .runTaskAgain, .abortTask, .revokeTask, .setTimeLimits,
            .setRateLimit, .enableEvents, .disableEvents:
            true
        }
    }

    /// Whether its body is a JSON object, whatever the content type says.
    var takesJSON: Bool { [.applyTask, .asyncApplyTask, .sendTask].contains(self) }
}

/// Where an operation is and how it is asked.
struct Endpoint: Sendable {
    /// What the last part of a path names.
    enum Argument: String, Sendable {
        case workername, taskid, taskname, command

        /// The parameter that may name it instead, for names that a path cannot carry.
        var parameter: String { self == .taskid ? "id" : "name" }
    }

    struct Methods: OptionSet {
        let rawValue: Int
        /// HEAD as well.
        static let get = Methods(rawValue: 1)
        static let post = Methods(rawValue: 2)

        func allows(_ method: String) -> Bool {
            switch method {
            case "GET", "HEAD": contains(.get)
            case "POST": contains(.post)
            default: false
            }
        }

        var allowField: String {
            (contains(.get) ? "GET, HEAD, " : "") + (contains(.post) ? "POST, " : "") + "OPTIONS"
        }
    }

    let operation: Operation
    /// Without the argument.
    let path: String
    let methods: Methods
    let argument: Argument?

    private init(_ operation: Operation, _ path: String, _ methods: Methods = .get, _ argument: Argument? = nil) {
        self.operation = operation
        self.path = path
        self.methods = methods
        self.argument = argument
    }

    static let all = [
        Endpoint(.listWorkers, "/api/workers"),
        Endpoint(.listWorkerRows, "/workers"),
        Endpoint(.listTasks, "/api/tasks"),
        Endpoint(.listTaskTypes, "/api/task/types"),
        Endpoint(.getTaskInfo, "/api/task/info", .get, .taskid),
        Endpoint(.getTaskResult, "/api/task/result", .get, .taskid),
        Endpoint(.getQueueLengths, "/api/queues/length"),
        Endpoint(.listGaps, "/api/gaps"),
        Endpoint(.getTaskTable, "/tasks/datatable", [.get, .post]),
        Endpoint(.getMetrics, "/metrics"),
        Endpoint(.getDescription, "/api/openapi.json"),
        Endpoint(.askWorkers, "/api/worker/inspect", .get, .command),
        Endpoint(.enableEvents, "/api/worker/events/enable", .post, .workername),
        Endpoint(.disableEvents, "/api/worker/events/disable", .post, .workername),
        Endpoint(.shutDownWorker, "/api/worker/shutdown", .post, .workername),
        Endpoint(.restartPool, "/api/worker/pool/restart", .post, .workername),
        Endpoint(.growPool, "/api/worker/pool/grow", .post, .workername),
        Endpoint(.shrinkPool, "/api/worker/pool/shrink", .post, .workername),
        Endpoint(.autoscalePool, "/api/worker/pool/autoscale", .post, .workername),
        Endpoint(.addConsumer, "/api/worker/queue/add-consumer", .post, .workername),
        Endpoint(.cancelConsumer, "/api/worker/queue/cancel-consumer", .post, .workername),
        Endpoint(.applyTask, "/api/task/apply", .post, .taskname),
        Endpoint(.asyncApplyTask, "/api/task/async-apply", .post, .taskname),
        Endpoint(.sendTask, "/api/task/send-task", .post, .taskname),
        Endpoint(.runTaskAgain, "/api/task/run-again", .post, .taskid),
        Endpoint(.abortTask, "/api/task/abort", .post, .taskid),
        Endpoint(.revokeTask, "/api/task/revoke", .post, .taskid),
        Endpoint(.setTimeLimits, "/api/task/timeout", .post, .taskname),
        Endpoint(.setRateLimit, "/api/task/rate-limit", .post, .taskname),
    ]

    static let byPath = Dictionary(all.map { ($0.path, $0) }) { first, _ in first }
}
