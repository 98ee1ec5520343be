package import CeleryProtocol

/// What a result backend stores of one task.
package struct StoredResult: Sendable, Equatable {
    package var id: String
    /// `SUCCESS`, `FAILURE`, `REVOKED`, `RETRY`, `STARTED`, `ABORTED`, or one of the task's own such as `PROGRESS`.
    package var state: String
    /// The return value, an exception as `{"exc_type", "exc_message", "exc_module"}`, or the meta of a state of the task's
    /// own; nil when `unreadable` says why.
    package var result: JSONValue?
    package var traceback: String?
    /// The next ones are only stored with `result_extended`.
    package var name: String?
    package var arguments: JSONValue?
    package var keywordArguments: JSONValue?
    package var worker: String?
    package var queue: String?
    package var retries: Int?
    package var parentID: String?
    package var groupID: String?
    /// Ids of the tasks that it started.
    package var children: [String]
    /// ISO 8601, as stored; nil before the end.
    package var dateDone: String?
    /// Why the result (or all of it) cannot be shown, for example that it is pickled; one sentence.
    package var unreadable: String?

    package init(id: String, state: String) {
        self.id = id
        self.state = state
        children = []
    }

    /// The states that Celery does not leave by itself.
    package static let finalStates: Set<String> = ["SUCCESS", "FAILURE", "REVOKED"]
    package var isFinal: Bool { Self.finalStates.contains(state) }
}

/// A group that `GroupResult.save()` stored.
package struct StoredGroup: Sendable, Equatable {
    package var id: String
    package var taskIDs: [String]
    /// Why the members cannot be told.
    package var unreadable: String?

    package init(id: String, taskIDs: [String], unreadable: String? = nil) {
        self.id = id
        self.taskIDs = taskIDs
        self.unreadable = unreadable
    }
}

/// An exception as Celery stores it.
package struct StoredException: Sendable, Equatable {
    package var type: String
    package var module: String?
    /// The exception's arguments; some backends keep one text only.
    package var arguments: [JSONValue]

    package init(type: String, module: String? = nil, arguments: [JSONValue]) {
        self.type = type
        self.module = module
        self.arguments = arguments
    }

    /// As Python's `repr` shows it: `ValueError('bad')`.
    package var text: String {
        // Celery's own exception with a representation of its own.
        if type == "NotRegistered", let name = arguments.first {
            return "Task of kind \(PythonLiteral.text(name)) never registered, please make sure it's imported."
        }
        return "\(type)(\(arguments.map(PythonLiteral.text).joined(separator: ", ")))"
    }
}

extension StoredResult {
    /// The exception of a FAILURE, RETRY or REVOKED.
    package var exception: StoredException? {
        guard ["FAILURE", "RETRY", "REVOKED"].contains(state), case .string(let type)? = result?["exc_type"] else {
            return nil
        }
        let arguments: [JSONValue] =
            switch result?["exc_message"] {
            case .array(let elements)?: elements
            case let other?: [other]
            case nil: []
            }
        var module: String?
        if case .string(let name)? = result?["exc_module"] { module = name }
        return StoredException(type: type, module: module, arguments: arguments)
    }
}
