package import CeleryProtocol
import FoundationEssentials

/// A task as its message on the broker has it.
package struct QueuedTask: Sendable, Equatable {
    package var id: String
    package var name: String
    package var arguments: [JSONValue]
    package var keywordArguments: [(key: String, value: JSONValue)]
    /// nil when an exchange brought it where it lies and the queue is not known.
    package var queue: String?

    package init(
        id: String, name: String, arguments: [JSONValue], keywordArguments: [(key: String, value: JSONValue)],
        queue: String?
    ) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.keywordArguments = keywordArguments
        self.queue = queue
    }

    package static func == (left: QueuedTask, right: QueuedTask) -> Bool {
        left.id == right.id && left.name == right.name && left.arguments == right.arguments
            && JSONValue.object(left.keywordArguments) == .object(right.keywordArguments) && left.queue == right.queue
    }
}

/// What came of looking for a task's message on the broker.
package enum QueueSearchOutcome: Sendable, Equatable {
    case found(QueuedTask)
    case absent
    /// It is there and cannot be read; the end of a sentence about it, such as "is pickled".
    case unreadable(String)
    /// There are more messages than are looked at for one task, or the broker did not let us look; a sentence.
    case incomplete(String)
}

extension QueuedTask {
    /// The task of a kombu envelope, protocol 2 or 1; nil when it is another task's or none.
    init?(envelope: JSONValue, id: String, queue: String?) throws(Serialized.Failure) {
        guard envelope["headers"]?["id"] == .string(id) || envelope["properties"]?["correlation_id"] == .string(id),
            case .string(let text)? = envelope["body"]
        else { return nil }
        var body = Array(text.utf8)
        if envelope["properties"]?["body_encoding"] == .string("base64") {
            guard let decoded = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
                throw Serialized.Failure(reason: "has a body that is not base64")
            }
            body = Array(decoded)
        }
        if case .string(let compression)? = envelope["headers"]?["compression"] {
            guard compression == "application/x-gzip" || compression == "application/gzip" else {
                throw Serialized.Failure(reason: "is compressed in a way that is not read (\(compression.prefix(100)))")
            }
            guard let plain = Inflate.zlib(body) else { throw Serialized.Failure(reason: "is compressed and damaged") }
            body = plain
        }
        var type = ""
        if case .string(let name)? = envelope["content-type"] { type = name }
        let value = try Serialized.value(of: body, type: type)
        switch value {
        case .array(let parts):
            guard case .string(let name)? = envelope["headers"]?["task"], parts.count >= 2,
                case .array(let arguments) = parts[0], case .object(let keywordArguments) = parts[1]
            else { throw Serialized.Failure(reason: "is no task") }
            self.init(id: id, name: name, arguments: arguments, keywordArguments: keywordArguments, queue: queue)
        default:
            guard case .string(let name)? = value["task"] else { throw Serialized.Failure(reason: "is no task") }
            // Protocol 1 may leave out what is empty.
            var arguments: [JSONValue] = []
            if case .array(let elements)? = value["args"] { arguments = elements }
            var keywordArguments: [(key: String, value: JSONValue)] = []
            if case .object(let members)? = value["kwargs"] { keywordArguments = members }
            self.init(id: id, name: name, arguments: arguments, keywordArguments: keywordArguments, queue: queue)
        }
    }
}
