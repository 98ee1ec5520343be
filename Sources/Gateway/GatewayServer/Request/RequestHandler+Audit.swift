import AuditTrail
import Identity
import NIOCore
import SignIn

/// What the audit trail is told of requests. Nothing here waits.
extension RequestHandler {
    /// Whether the request may go on to the core: what changes something must be recorded afterwards.
    func mayAct(_ request: InspectedRequest) -> Bool {
        guard !request.method.isSafe,
            Permission.requiredRole(method: request.method.rawValue, path: exchange.path) > .viewer
        else { return true }
        guard mayBeRecorded() else { return false }
        exchange.isAction = gateway.audit.trail != nil
        return true
    }

    /// False when the audit trail takes nothing at the moment; the request is answered then.
    func mayBeRecorded() -> Bool {
        guard let trail = gateway.audit.trail, !trail.acceptsActions else { return true }
        var answer = gateway.errors.failure(
            503, detail: "Nothing was done: actions cannot be recorded in the audit trail at the moment.",
            outcome: .refused, isNavigation: false, reason: "audit")
        answer.fields.append(("retry-after", "5"))
        self.answer(answer)
        return false
    }

    /// An action has come to its end, whatever that was.
    func recordAction() {
        exchange.isAction = false
        guard let trail = gateway.audit.trail else { return }
        let status = exchange.log.status
        let result: AuditEvent.Result = status == 0 || status >= 400 ? (status == 403 ? .refused : .failed) : .ok
        var event = event(.action, result)
        event.action = "\(exchange.log.method) \(exchange.path)"
        if let caller = exchange.caller { event.by(caller.principal, with: caller.credential) }
        event.reason =
            switch exchange.log.outcome {
            case .forwarded: result == .ok ? "" : "HTTP \(status)"
            case .aborted: "the client or the core went away; what came of it is not known"
            default: exchange.log.reason.isEmpty ? exchange.log.outcome.name : exchange.log.reason
            }
        trail.record(event, note: exchange.auditNote)
    }

    func recordDenial(_ reason: String) {
        guard let trail = gateway.audit.trail else { return }
        var event = event(.denied, .refused)
        event.action = "\(exchange.log.method) \(exchange.path)"
        event.reason = reason
        if let caller = exchange.caller { event.by(caller.principal, with: caller.credential) }
        trail.record(event)
    }

    func recordRefusedToken() { gateway.audit.trail?.record(event(.tokenRefused, .refused)) }

    /// A password in an Authorization field was right: one entry an hour for each user and address, not one for each
    /// request of a script.
    func recordPassword(_ caller: Caller) {
        guard let trail = gateway.audit.trail,
            gateway.audit.isNews("\(caller.principal.subject)\u{0}\(exchange.log.client)")
        else { return }
        var event = event(.signIn, .ok)
        event.by(caller.principal, with: caller.credential)
        event.reason = "HTTP Basic; told once an hour"
        trail.record(event)
    }

    /// Names nobody: what is typed as a name is now and then a password.
    func recordRefusedPassword(_ authorization: String, reason: String) {
        guard let trail = gateway.audit.trail else { return }
        guard reason != "throttled" || gateway.audit.isNews("throttled\u{0}\(exchange.log.client)") else { return }
        var event = event(.signInRefused, .refused)
        event.provider = "basic"
        event.name = gateway.passwords?.knownUser(in: authorization) ?? ""
        event.reason = reason
        trail.record(event)
    }

    private func event(_ kind: AuditEvent.Kind, _ result: AuditEvent.Result) -> AuditEvent {
        var event = AuditEvent(kind, result, time: gateway.audit.trail?.time ?? 0)
        event.client = exchange.log.client
        event.requestID = exchange.id
        return event
    }
}
