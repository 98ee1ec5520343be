import NIOCore
import PageKit

/// An answer that the gateway makes itself.
struct Answer: Sendable {
    var status: Int
    var contentType: String?
    var body: ByteBuffer
    /// Beside the fields that every own answer carries.
    var fields: [(String, String)] = []
    var cacheControl = "no-store"
    var outcome: Outcome
    /// A bounded word for the log.
    var reason = ""
    /// Who the request turned out to come from, for the log.
    var principal = ""
    /// The connection ends after this answer.
    var closes = false

    static func page(_ status: Int, _ html: [UInt8], outcome: Outcome = .ownPage) -> Answer {
        Answer(
            status: status, contentType: "text/html; charset=utf-8", body: ByteBuffer(bytes: html), outcome: outcome)
    }

    static func text(_ status: Int, _ text: String) -> Answer {
        Answer(
            status: status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text),
            outcome: .ownPage)
    }

    /// 303 to a path of this service (or, from the sign-in start, to the provider).
    static func redirect(to location: String, outcome: Outcome = .redirected) -> Answer {
        // The location is made from configuration and canonical paths; this is the last line against header injection.
        guard !location.utf8.contains(where: { $0.isControl || $0 == 0x20 }) else {
            return .text(500, "Internal error\n")
        }
        return Answer(status: 303, body: ByteBuffer(), fields: [("location", location)], outcome: outcome)
    }

    /// Problem details (RFC 9457). `title` and `detail` say nothing about what is behind the gateway.
    static func problem(
        _ status: Int, _ title: String, detail: String, outcome: Outcome, extra: [(StaticString, String)] = []
    ) -> Answer {
        var json = JSONText()
        json.add("type", "about:blank")
        json.add("title", title)
        json.add("status", status)
        json.add("detail", detail)
        for (name, value) in extra { json.add(name, value) }
        return Answer(
            status: status, contentType: "application/problem+json", body: ByteBuffer(bytes: json.finish()),
            outcome: outcome)
    }
}
