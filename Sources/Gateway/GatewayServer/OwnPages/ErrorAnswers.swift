import PageKit

/// Refusals and failures in the form that fits who asked: a page for a browser that navigates, problem details for all
/// others.
struct ErrorAnswers: Sendable {
    let prefix: PathPrefix

    func refused(_ refusal: Refusal) -> Answer {
        var answer = Answer.problem(
            refusal.status, Self.title(refusal.status), detail: refusal.detail, outcome: .refused)
        answer.closes = refusal.closes
        answer.reason = refusal.code.rawValue
        return answer
    }

    func framing(_ error: FramingError?) -> Answer {
        let status = error?.status ?? 400
        var answer = Answer.problem(
            status, Self.title(status), detail: "The request is not well-formed HTTP.", outcome: .refused)
        answer.closes = true
        answer.reason = "framing"
        return answer
    }

    func failure(
        _ status: Int, detail: String, outcome: Outcome, isNavigation: Bool, reason: String = "",
        extra: [(StaticString, String)] = []
    ) -> Answer {
        var answer: Answer
        if isNavigation {
            let action = (label: "Back to the start", path: "/")
            let page = SignInPages.message(
                prefix: prefix.value, title: Self.title(status), text: detail, action: action, principalName: nil)
            answer = .page(status, page, outcome: outcome)
        } else {
            answer = .problem(status, Self.title(status), detail: detail, outcome: outcome, extra: extra)
        }
        answer.reason = reason
        return answer
    }

    /// Whether the session still lives cannot be told: the browser keeps its cookie and tries again.
    func sessionsUnavailable(isNavigation: Bool) -> Answer {
        var answer = failure(
            503, detail: "Sessions cannot be checked at the moment. Try again soon.", outcome: .signInRefused,
            isNavigation: isNavigation, reason: "session_store")
        answer.fields.append(("retry-after", "2"))
        return answer
    }

    /// Nothing is served here; whether anything is behind the gateway stays its own business.
    func notFound(isNavigation: Bool) -> Answer {
        failure(404, detail: "There is nothing at this address.", outcome: .notFound, isNavigation: isNavigation)
    }

    static func title(_ status: Int) -> String {
        switch status {
        case 400: "Bad request"
        case 401: "Sign-in needed"
        case 403: "Not allowed"
        case 404: "Not found"
        case 405: "Method not allowed"
        case 408: "Request timed out"
        case 413: "Body too large"
        case 414: "Address too long"
        case 417: "Expectation failed"
        case 421: "Unknown host"
        case 425: "Too early"
        case 429: "Too many attempts"
        case 431: "Header too large"
        case 501: "Method not served"
        case 502: "Monitor not reachable"
        case 503: "Temporarily unavailable"
        case 504: "Monitor did not answer in time"
        case 505: "HTTP version not supported"
        default: "Error"
        }
    }
}
