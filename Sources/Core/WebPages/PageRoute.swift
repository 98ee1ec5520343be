internal import Identity
import PageKit

/// Which page a request names.
enum PageRoute {
    case page(any Page)
    case redirect(Link)

    /// Names, in the address of a stream, the state that the document already shows.
    static let stampParameter = "_at"

    /// nil when no page is there.
    init?(_ request: PageRequest) {
        let links = request.links
        let role = request.principal.role
        let path =
            request.path.count > 1 && request.path.hasSuffix("/") ? String(request.path.dropLast()) : request.path
        if request.principal.scope != nil {
            // A stream names its page in a parameter, past the gateway's eyes.
            guard Permission.denial(method: "GET", path: request.path, request.principal) == nil else { return nil }
            if ["/", "/dashboard", "/monitor"].contains(path) {
                self = .redirect(links.page("/tasks"))
                return
            }
        }
        switch path {
        case "/", "/workers":
            // The machine-readable form of this page belongs to the API.
            if request.query.contains(where: { $0.name == "json" }) { return nil }
            self = .page(WorkerListPage(links: links, filter: WorkerFilter(request)))
        case "/tasks": self = .page(TaskListPage(links: links, filter: TaskFilter(request)))
        case "/queues", "/broker": self = .page(QueuesPage(links: links))
        case "/dashboard", "/monitor": self = .redirect(links.page("/"))
        case "/task":
            guard let id = request.parameter("id") else {
                self = .redirect(links.page("/tasks"))
                return
            }
            self = .page(TaskDetailPage(links: links, id: id, role: role))
        case "/worker":
            guard let name = request.parameter("name") else {
                self = .redirect(links.page("/workers"))
                return
            }
            self = .page(WorkerDetailPage(links: links, name: name, role: role))
        default:
            if let id = Self.item(in: path, under: "/task/") {
                self = .page(TaskDetailPage(links: links, id: id, role: role))
            } else if let name = Self.item(in: path, under: "/worker/") {
                self = .page(WorkerDetailPage(links: links, name: name, role: role))
            } else {
                return nil
            }
        }
    }

    /// The one decoded segment of `path` after `root`.
    private static func item(in path: String, under root: String) -> String? {
        guard path.hasPrefix(root) else { return nil }
        let segment = path.utf8.dropFirst(root.utf8.count)
        guard !segment.isEmpty, !segment.contains(UInt8(ascii: "/")) else { return nil }
        return decoded(Array(segment))
    }

    /// Percent-decodes; a `%` that begins no escape stays as it is.
    private static func decoded(_ bytes: [UInt8]) -> String {
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = hexDigit(bytes[index + 1]), let low = hexDigit(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
