import Foundation

/// Kombu envelopes as workers write them, around bodies of the test's own.
package enum Envelope {
    /// Byte for byte what kombu writes for an event.
    package static func wrap(_ body: String, host: String = "w1@host") -> [UInt8] { wrap(Array(body.utf8), host: host) }

    package static func wrap(_ body: [UInt8], host: String = "w1@host") -> [UInt8] {
        wrap(base64: Data(body).base64EncodedString(), headers: #"{"hostname": "\#(host)"}"#)
    }

    /// Kombu's words for a body: how it is serialized, and by what it is compressed.
    package static func wrap(
        _ body: [UInt8], contentType: String, compression: String? = nil, host: String = "w1@host"
    ) -> [UInt8] {
        let compressed = compression.map { #", "compression": "\#($0)""# } ?? ""
        return wrap(
            base64: Data(body).base64EncodedString(), contentType: contentType,
            headers: #"{"hostname": "\#(host)"\#(compressed)}"#)
    }

    private static func wrap(base64: String, contentType: String = "application/json", headers: String) -> [UInt8] {
        Array(
            """
            {"body": "\(base64)", "content-encoding": "utf-8", "content-type": "\(contentType)", \
            "headers": \(headers), "properties": {"delivery_mode": 1, "delivery_info": \
            {"exchange": "celeryev", "routing_key": "task.multi"}, "priority": 0, "body_encoding": "base64", \
            "delivery_tag": "93fdccdc-e324-497b-a054-5c11f77ad485"}}
            """.utf8)
    }
}
