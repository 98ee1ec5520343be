import CeleryProtocol
import Foundation
import Testing

/// A control command and its replies as recorded between Celery's own client and real workers.
struct CapturedExchange: Sendable, CustomTestStringConvertible {
    var name: String
    var channel: String
    var payload: [UInt8]
    /// The decoded body of the request.
    var body: JSONValue
    var replies: [(payload: [UInt8], body: JSONValue)]

    var testDescription: String { name }

    /// All exchanges that were captured.
    static func all() throws -> [CapturedExchange] {
        let folder = try #require(Bundle.module.url(forResource: "Captures", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.flatMap { file in
            let text = try Data(contentsOf: folder.appending(path: file))
            let capture = try JSONValue(parsing: Array(text))
            guard case .array(let exchanges)? = capture["exchanges"] else { return [CapturedExchange]() }
            return try exchanges.map { try CapturedExchange(name: file, exchange: $0) }
        }
    }

    private init(name: String, exchange: JSONValue) throws {
        self.name = name
        guard let request = exchange["request"], case .string(let channel)? = request["channel"],
            case .string(let payload)? = request["payload"], let body = request["body"],
            case .array(let replies)? = exchange["replies"]
        else { throw CaptureError(name: name) }
        self.channel = channel
        self.payload = Array(payload.utf8)
        self.body = body
        self.replies = try replies.map { reply in
            guard case .string(let payload)? = reply["payload"], let body = reply["body"] else {
                throw CaptureError(name: name)
            }
            return (Array(payload.utf8), body)
        }
    }
}

struct CaptureError: Error {
    let name: String
}
