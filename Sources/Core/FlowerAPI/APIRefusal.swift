internal import CeleryBroker
internal import CeleryProtocol

/// Why a request is not carried out: a status of Flower's and a sentence, Flower's own where it has one.
struct APIRefusal: Error {
    var status: Int
    var sentence: String
    /// Further members of the problem.
    var details: [(key: String, value: JSONValue)]
    /// What the gateway records when something was attempted.
    var audit: AuditNote?

    init(
        _ status: Int, _ sentence: String, details: [(key: String, value: JSONValue)] = [], audit: AuditNote? = nil
    ) {
        self.status = status
        self.sentence = sentence
        self.details = details
        self.audit = audit
    }

    static func missing(_ name: String) -> APIRefusal { APIRefusal(400, "Missing argument \(name)") }

    static func invalid(_ value: String, type: String) -> APIRefusal {
        APIRefusal(400, "Invalid argument '\(value)' of type '\(type)'")
    }

    var response: APIResponse {
        .refusal(status, sentence, details: details, headers: audit.map { [$0.field] } ?? [])
    }
}

extension APIRefusal {
    private static func unavailable(_ reason: String) -> APIRefusal {
        APIRefusal(503, "Broker or result backend unavailable: \(reason)")
    }

    init(_ error: ControlError) {
        switch error {
        case .passive: self.init(403, "Passive mode is enabled (--passive): no command is sent to workers")
        case .unavailable(let reason): self = .unavailable(reason)
        case .tooManyCommands: self.init(503, error.description)
        }
    }

    init(_ error: PublishError) {
        switch error {
        case .passive: self.init(403, "Passive mode is enabled (--passive): no task is sent")
        case .unavailable(let reason): self = .unavailable(reason)
        case .invalid(let reason): self.init(400, reason)
        }
    }

    init(_ error: ResultError) {
        switch error {
        case .passive: self.init(403, "Passive mode is enabled (--passive): no result is changed")
        case .unavailable(let reason): self = .unavailable(reason)
        case .unsupported(let reason): self.init(503, reason)
        case .invalid(let reason): self.init(400, reason)
        }
    }
}
