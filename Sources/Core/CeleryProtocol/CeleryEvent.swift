package import CEventJSON

/// One Celery event as it was decoded: a view into the decoder's buffers, valid until the decoder's next event.
///
/// Numbers are nil when the event has none or one that cannot be read. Times are unix seconds in true UTC (an event's
/// `utcoffset` is never applied: it would shift a right epoch time).
package struct CeleryEvent {
    package let fields: UnsafePointer<calyx_event>

    package init(_ fields: UnsafePointer<calyx_event>) { self.fields = fields }

    package var kind: EventKind { EventKind(fields.pointee.kind) }
    /// Members that were of a wrong type or not readable (NaN, integers beyond 64 bits, lone surrogates).
    package var unreadableFields: Int { Int(fields.pointee.unreadable) }

    package var timestamp: Double? { value(CALYX_HAS_TIMESTAMP, fields.pointee.timestamp) }
    /// Seconds.
    package var runtime: Double? { value(CALYX_HAS_RUNTIME, fields.pointee.runtime) }
    /// Seconds between heartbeats.
    package var frequency: Double? { value(CALYX_HAS_FREQUENCY, fields.pointee.frequency) }
    package var pid: Int64? { value(CALYX_HAS_PID, fields.pointee.pid) }
    package var clock: Int64? { value(CALYX_HAS_CLOCK, fields.pointee.clock) }
    package var retries: Int64? { value(CALYX_HAS_RETRIES, fields.pointee.retries) }
    package var active: Int64? { value(CALYX_HAS_ACTIVE, fields.pointee.active) }
    package var processed: Int64? { value(CALYX_HAS_PROCESSED, fields.pointee.processed) }
    package var isTerminated: Bool? { value(CALYX_HAS_TERMINATED, fields.pointee.terminated) }
    package var isExpired: Bool? { value(CALYX_HAS_EXPIRED, fields.pointee.expired) }
    package var isRequeued: Bool? { value(CALYX_HAS_REQUEUE, fields.pointee.requeue) }
    /// Of the last 1, 5 and 15 minutes.
    package var loadAverage: [Double]? {
        let load = fields.pointee.load_average
        return value(CALYX_HAS_LOAD_AVERAGE, [load.0, load.1, load.2])
    }

    @inline(__always)
    private func value<T>(_ bit: Int, _ value: @autoclosure () -> T) -> T? {
        fields.pointee.present & UInt32(truncatingIfNeeded: bit) != 0 ? value() : nil
    }
}

extension calyx_text {
    /// The event has the member and something can be made of it; what was not a string is its JSON.
    package var isPresent: Bool { state.rawValue >= CALYX_TEXT_PRESENT.rawValue }

    /// UTF-8.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : Int(length))
    }

    /// nil when the member is absent, null or unreadable.
    package var string: String? { isPresent ? String(decoding: bytes, as: UTF8.self) : nil }
}
