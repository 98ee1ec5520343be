/// Why the guard does not let a request pass, before anybody asks who sent it.
struct Refusal: Error, Equatable {
    let status: Int
    /// A bounded set, for counters and log.
    let code: Code
    /// A sentence for whoever sent the request.
    let detail: String
    /// The connection cannot be used again: where the next request begins is not certain, or the sender is not honest.
    let closes: Bool

    enum Code: String, CaseIterable, Sendable {
        case method, target, path, encodedSlash, query, host, unknownHost, framing, field, tooLarge, expectation
        case earlyData, upgrade, version, plainHTTP
    }

    init(_ status: Int, _ code: Code, _ detail: String, closes: Bool = true) {
        self.status = status
        self.code = code
        self.detail = detail
        self.closes = closes
    }
}
