import Foundation

/// Kombu envelopes as workers write them, around bodies of the test's own.
package enum Envelope {
    /// Byte for byte what kombu writes for an event.
    package static func wrap(_ body: String, host: String = "w1@host") -> [UInt8] { wrap(Array(body.utf8), host: host) }

    package static func wrap(_ body: [UInt8], host: String = "w1@host") -> [UInt8] {
        let text = Data(body).base64EncodedString()
        return Array(
            """
            {"body": "\(text)", "content-encoding": "utf-8", "content-type": "application/json", \
            "headers": {"hostname": "\(host)"}, "properties": {"delivery_mode": 1, "delivery_info": \
            {"exchange": "celeryev", "routing_key": "task.multi"}, "priority": 0, "body_encoding": "base64", \
            "delivery_tag": "93fdccdc-e324-497b-a054-5c11f77ad485"}}
            """.utf8)
    }
}
