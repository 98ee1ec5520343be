internal import CeleryProtocol

/// What the OpenAPI document says of one operation beside its path and methods.
struct OperationDescription {
    struct Parameter {
        var name: String
        var schema: JSONValue
        var text: String
        var isRequired = false
    }

    enum Body { case none, task(TaskOptions.Times, waits: Bool) }

    var summary: String
    var parameters: [Parameter] = []
    var body = Body.none
    /// Of a 200.
    var answer: JSONValue
    var contentType = "application/json"
    /// Statuses besides 200 and those of every operation.
    var refusals: [Int] = []

    init(_ operation: Operation) {
        switch operation {
        case .listWorkers: self = Self.workers
        case .listWorkerRows:
            self.init("The rows of Flower's workers page", answer: JSONSchema.type("object"))
        case .listTasks: self = Self.tasks
        case .listTaskTypes: self.init("Task names seen since the start", answer: JSONSchema.named("TaskTypes"))
        case .getTaskInfo: self.init("One task", answer: JSONSchema.named("Task"))
        case .getTaskResult:
            self.init(
                "What the result backend has of one task",
                [.init(name: "timeout", schema: JSONSchema.type("number"), text: "Seconds to wait for the end")],
                answer: JSONSchema.named("Result"), refusals: [503])
        case .getQueueLengths:
            self.init(
                "Messages waiting, by queue",
                [.init(name: "format", schema: JSONSchema.text, text: "flat or flower; else as configured")],
                answer: JSONSchema.named("QueueLengths"), refusals: [503])
        case .listGaps:
            self.init(
                "Stretches of time in which events may have been missed: the newest 100, oldest first",
                answer: JSONSchema.named("Gaps"))
        case .getTaskTable: self = Self.table
        case .getMetrics:
            self.init("Prometheus metrics", answer: JSONSchema.text)
            contentType = "text/plain"
        case .getDescription: self.init("This document", answer: JSONSchema.type("object"))
        case .askWorkers: self = Self.ask
        case .enableEvents: self.init("Lets a worker send task events", acts: [])
        case .disableEvents: self.init("Stops a worker sending task events", acts: [])
        case .shutDownWorker: self.init("Shuts a worker down", acts: [])
        case .restartPool: self.init("Restarts a worker's pool", acts: [])
        case .growPool: self.init("Adds processes to a worker's pool", acts: [Self.count])
        case .shrinkPool: self.init("Removes processes from a worker's pool", acts: [Self.count])
        case .autoscalePool:
            self.init("Sets the limits of a worker's autoscaler", acts: [Self.limit("min"), Self.limit("max")])
        case .addConsumer: self.init("Lets a worker consume a queue", acts: [Self.queue])
        case .cancelConsumer: self.init("Stops a worker consuming a queue", acts: [Self.queue])
        case .applyTask:
            self.init("Sends a task and waits for its result", sends: .task(.flower, waits: true), "Result")
        case .asyncApplyTask:
            self.init("Sends a task that workers have registered", sends: .task(.flower, waits: false))
        case .sendTask: self.init("Sends a task of any name", sends: .task(.celery, waits: false))
        case .runTaskAgain:
            self.init(
                "Sends a task once more, with the same arguments",
                acts: [.init(name: "queue", schema: Self.filled, text: "Where to; else where it was")])
            refusals.append(409)
        case .abortTask: self.init("Asks an abortable task to end", acts: [])
        case .revokeTask: self = Self.revoke
        case .setTimeLimits:
            self.init(
                "Sets a task's time limits at a worker",
                acts: [
                    Self.worker,
                    .init(name: "soft", schema: Self.seconds, text: "Seconds until the task is interrupted"),
                    .init(name: "hard", schema: Self.seconds, text: "Seconds until the task is killed"),
                ])
        case .setRateLimit:
            self.init(
                "Sets a task's rate limit at a worker",
                acts: [
                    Self.worker,
                    .init(name: "ratelimit", schema: Self.filled, text: "Like 200/m; 0 is none", isRequired: true),
                ])
        }
    }

    private init(
        _ summary: String, _ parameters: [Parameter] = [], answer: JSONValue, refusals: [Int] = []
    ) {
        self.summary = summary
        self.parameters = parameters
        self.answer = answer
        self.refusals = refusals
    }

    private init(_ summary: String, acts parameters: [Parameter]) {
        self.init(summary, parameters, answer: JSONSchema.named("Done"), refusals: [503])
    }

    private init(_ summary: String, sends body: Body, _ schema: String = "SentTask") {
        self.init(summary, answer: JSONSchema.named(schema), refusals: [503])
        self.body = body
    }

    // MARK: What several have in common

    private static let filled = JSONSchema.type("string", with: [("minLength", .int(1))])
    private static let flag = JSONSchema.choice(
        ["y", "yes", "t", "true", "on", "1", "n", "no", "f", "false", "off", "0"])
    private static let seconds = JSONSchema.type("number", with: [("minimum", .int(0))])
    private static let worker = Parameter(name: "workername", schema: filled, text: "The worker", isRequired: true)
    private static let queue = Parameter(name: "queue", schema: filled, text: "The queue", isRequired: true)
    private static let refresh = Parameter(name: "refresh", schema: flag, text: "Asks the workers first")
    private static let count = Parameter(
        name: "n", schema: JSONSchema.type("integer", with: [("minimum", .int(1)), ("maximum", .int(1000))]),
        text: "Processes, 1 when it is not given")

    private static func limit(_ name: String) -> Parameter {
        Parameter(
            name: name, schema: JSONSchema.type("integer", with: [("minimum", .int(0)), ("maximum", .int(1000))]),
            text: "Processes; 0 ≤ min ≤ max", isRequired: true)
    }

    private static let workers = OperationDescription(
        "Workers by name: what they answered to inspection, and whether they are alive",
        [
            refresh, .init(name: "workername", schema: JSONSchema.text, text: "Only this one"),
            .init(name: "status", schema: flag, text: "Only whether each is alive"),
        ],
        answer: JSONSchema.map(of: JSONSchema.either(JSONSchema.named("Worker"), JSONSchema.flag)))

    private static let ask = OperationDescription(
        "Asks workers, and waits for their answers: " + WorkerQuestion.allCases.map(\.rawValue).joined(separator: ", "),
        [
            .init(name: "workername", schema: JSONSchema.text, text: "Only this one; may be repeated. All without it"),
            .init(name: "taskid", schema: JSONSchema.text, text: "With query_task: which tasks; may be repeated"),
        ], answer: JSONSchema.named("Answers"), refusals: [503])

    private static let revoke = OperationDescription(
        "Tells all workers not to run a task, or to kill it",
        acts: [
            .init(name: "terminate", schema: flag, text: "Kills it where it runs"),
            .init(
                name: "signal", schema: JSONSchema.choice(SignalNames.all.sorted()), text: "With which signal; SIGTERM"),
        ])

    private static let moment = JSONSchema.pattern("^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{1,2})?$")

    private static let tasks = OperationDescription(
        "Tasks by id, the newest first",
        [
            .init(name: "limit", schema: JSONSchema.type("integer"), text: "Tasks at most; without it all"),
            .init(name: "offset", schema: JSONSchema.type("integer"), text: "Tasks to pass over"),
            .init(
                name: "cursor", schema: JSONSchema.text,
                text:
                    "Where the page before ended, from its Link field; unlike an offset it does not move with new tasks"
            ),
            .init(
                name: "sort_by", schema: JSONSchema.pattern("^(-*(name|state|received|started))?$"),
                text: "With - in front: descending"),
            .init(name: "workername", schema: JSONSchema.text, text: "Exact, without regard to case"),
            .init(name: "taskname", schema: JSONSchema.text, text: "Exact, without regard to case"),
            .init(name: "state", schema: JSONSchema.text, text: "Exact, without regard to case"),
            .init(name: "received_start", schema: moment, text: "Inclusive, in the server's zone"),
            .init(name: "received_end", schema: moment, text: "Inclusive, in the server's zone"),
            .init(name: "search", schema: JSONSchema.text, text: "Flower's search language"),
        ], answer: JSONSchema.map(of: JSONSchema.named("ListedTask")))

    private static let table = OperationDescription(
        "The server side of the tasks table (DataTables)",
        ["draw", "start", "length", "order[0][column]"].map {
            .init(name: $0, schema: JSONSchema.type("integer"), text: "As DataTables has it", isRequired: true)
        }
            + ["order[0][dir]", "search[value]", "columns[0][data]"].map {
                .init(name: $0, schema: JSONSchema.text, text: "As DataTables has it")
            }, answer: JSONSchema.named("TaskTable"))
}
