internal import CEventJSON

/// Why a payload, or one member of its batch, gave no event. `rawValue` is a metric label.
package enum EventProblem: String, Sendable, CaseIterable {
    case oversized
    /// Not a kombu envelope.
    case envelope
    /// The body is not in the encoding that the envelope names.
    case bodyEncoding = "body_encoding"
    /// The body is in a serialization that no Celery worker uses for events.
    case contentType = "content_type"
    case yaml
    /// Never read: reading pickle is running whatever its writer wants.
    case pickle
    /// The body is compressed by something other than zlib and bzip2.
    case compressed
    /// The compressed body is damaged.
    case decompression
    case json
    case msgpack
    case notAnObject = "not_an_object"
    case noType = "no_type"
    case memory
    /// A task event whose uuid is missing, not a scalar, or longer than any id.
    case taskID = "task_id"
    /// A worker event without hostname.
    case hostname
    /// A member of a wrong type; the event itself was applied without it.
    case field

    init(_ problem: calyx_problem) {
        self =
            switch problem {
            case CALYX_OVERSIZED: .oversized
            case CALYX_BAD_ENVELOPE: .envelope
            case CALYX_BAD_BODY_ENCODING: .bodyEncoding
            case CALYX_CONTENT_TYPE: .contentType
            case CALYX_YAML: .yaml
            case CALYX_PICKLE: .pickle
            case CALYX_COMPRESSED: .compressed
            case CALYX_BAD_COMPRESSION: .decompression
            case CALYX_BAD_MSGPACK: .msgpack
            case CALYX_NOT_AN_OBJECT: .notAnObject
            case CALYX_NO_TYPE: .noType
            case CALYX_OUT_OF_MEMORY: .memory
            default: .json
            }
    }

    /// What the owner of the Celery application can do about it; nil when nothing but a look at the sample helps.
    package var advice: String? {
        switch self {
        case .yaml, .pickle, .contentType:
            "set event_serializer = 'json' in the Celery application (msgpack is read, too) and restart its workers"
        case .compressed: "compress events with zlib or bzip2, or, as Celery does by default, not at all"
        case .oversized: "events larger than \(EventDecoder.largestPayload >> 20) MiB, also when unpacked, are not read"
        case .hostname, .noType, .taskID, .notAnObject:
            "something other than a Celery worker publishes on the event channels of this broker"
        default: nil
        }
    }
}

/// Reads events from kombu envelopes, one payload at a time, into buffers that it keeps.
package struct EventDecoder: ~Copyable {
    /// One member of a payload.
    package enum Item {
        case event(CeleryEvent)
        /// This member, or the rest of the payload, is lost; whatever comes after is still read.
        case problem(EventProblem)
    }

    /// A longer payload is refused as oversized: nothing Celery writes comes near it.
    package static let largestPayload = 16 << 20

    private let decoder: OpaquePointer?
    private let event: UnsafeMutablePointer<calyx_event>

    package init() {
        decoder = calyx_decoder_create(EventDecoder.largestPayload)
        event = .allocate(capacity: 1)
        event.initialize(to: calyx_event())
    }

    deinit {
        if let decoder { calyx_decoder_destroy(decoder) }
        event.deallocate()
    }

    /// Opens `payload`; what was read from the one before becomes invalid. A problem means that it holds no event.
    package mutating func begin(_ payload: UnsafeRawBufferPointer) -> EventProblem? {
        guard let decoder else { return .memory }
        guard let start = payload.baseAddress else { return .envelope }
        let problem = calyx_decoder_begin(decoder, start, payload.count)
        return problem == CALYX_OK ? nil : EventProblem(problem)
    }

    /// The JSON or msgpack of the payload, as far as it came to light: what a person can read of it. Valid until the
    /// next `begin`.
    package var body: UnsafeRawBufferPointer? {
        guard let decoder else { return nil }
        var length = 0
        let start = calyx_decoder_body(decoder, &length)
        return length > 0 ? UnsafeRawBufferPointer(start: start, count: length) : nil
    }

    /// The next member of the open payload; nil at its end.
    @inline(__always)
    package mutating func next() -> Item? {
        guard let decoder else { return nil }
        var problem = CALYX_OK
        switch calyx_decoder_next(decoder, event, &problem) {
        case CALYX_NEXT_EVENT: return .event(CeleryEvent(event))
        case CALYX_NEXT_PROBLEM: return .problem(EventProblem(problem))
        default: return nil
        }
    }
}
