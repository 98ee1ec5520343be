internal import CeleryProtocol
import FoundationEssentials

/// A worker's reply as it lies in the reply list.
struct ControlReply: Equatable {
    /// The request's ticket; nil when the envelope has none.
    var ticket: String?
    /// What each node answered; usually one member.
    var answers: [ControlOutcome.Reply]
    /// Why `answers` could not be read.
    var problem: String?

    init(ticket: String?, answers: [ControlOutcome.Reply], problem: String? = nil) {
        self.ticket = ticket
        self.answers = answers
        self.problem = problem
    }

    /// nil when `payload` is no kombu envelope.
    init?(payload: [UInt8]) {
        guard let envelope = try? JSONValue(parsing: payload), case .object = envelope else { return nil }
        answers = []
        if case .string(let ticket)? = envelope["headers"]?["ticket"] { self.ticket = ticket }
        guard case .string(let text)? = envelope["body"] else {
            problem = "A reply has no body."
            return
        }
        var body = Array(text.utf8)
        if envelope["properties"]?["body_encoding"] == .string("base64") {
            guard let decoded = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
                problem = "A reply's body is not base64."
                return
            }
            body = Array(decoded)
        }
        // Replies use the worker's task_serializer, whatever the request used.
        var type = ""
        if case .string(let name)? = envelope["content-type"] { type = name }
        do throws(Serialized.Failure) {
            guard case .object(let members) = try Serialized.value(of: body, type: type) else {
                problem = "A reply's body is no object."
                return
            }
            answers = members.map { ControlOutcome.Reply(worker: $0.key, value: $0.value) }
        } catch {
            problem = "A worker's reply \(error.reason)."
        }
    }
}
