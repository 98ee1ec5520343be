/// What a path of the API asks for.
enum APIRoute: Equatable {
    case workers
    /// `/workers?json=1`
    case workerRows
    case tasks
    case taskTypes
    /// nil: the id is in the query
    case taskInfo(String?)
    case queueLengths
    case taskTable
    case metrics
    /// `/api/task/result`
    case storedResult
    /// Everything that sends a task or a remote control command.
    case control
    case badPath

    /// Nil when `request` is not for the API.
    init?(_ request: APIRequest) {
        let path = request.path
        switch path {
        case "/api/workers": self = .workers
        case "/api/tasks": self = .tasks
        case "/api/task/types": self = .taskTypes
        case "/api/queues/length": self = .queueLengths
        case "/tasks/datatable": self = .taskTable
        case "/metrics": self = .metrics
        case "/", "/workers":
            // Only reading with `json` is ours, a page answers the rest.
            guard request.method == "GET" || request.method == "HEAD",
                request.query.contains(where: { $0.name == "json" && !Self.isFalse($0.value) })
            else { return nil }
            self = .workerRows
        default:
            guard path.hasPrefix("/api/") else { return nil }
            if let argument = PathArgument(path, after: "/api/task/info") {
                switch argument {
                case .absent: self = .taskInfo(nil)
                case .text(let id): self = .taskInfo(id)
                case .malformed: self = .badPath
                }
            } else if PathArgument(path, after: "/api/task/result") != nil {
                self = .storedResult
            } else if Self.controlPaths.contains(where: { PathArgument(path, after: $0) != nil }) {
                self = .control
            } else {
                return nil
            }
        }
    }

    var methods: Methods {
        switch self {
        case .taskTable: [.get, .post]
        case .control: .post
        default: .get
        }
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

    private static let controlPaths = [
        "/api/worker/shutdown", "/api/worker/pool/restart", "/api/worker/pool/grow", "/api/worker/pool/shrink",
        "/api/worker/pool/autoscale", "/api/worker/queue/add-consumer", "/api/worker/queue/cancel-consumer",
        "/api/task/apply", "/api/task/async-apply", "/api/task/send-task", "/api/task/abort", "/api/task/revoke",
        "/api/task/timeout", "/api/task/rate-limit",
    ]

    private static func isFalse(_ value: String) -> Bool {
        ["n", "no", "f", "false", "off", "0"].contains(value.lowercased())
    }
}
