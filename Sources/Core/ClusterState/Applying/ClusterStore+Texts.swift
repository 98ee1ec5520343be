internal import CEventJSON
internal import CeleryProtocol
import Glibc

/// An attempt that ended in RETRY, as a record keeps it.
struct PackedAttempt {
    static let limit = 16
    static let exceptionBytes = 4096
    static let tracebackBytes = 16_384

    /// time (8), length of worker (4), length of exception + 1 or 0 (4), length of traceback + 1 or 0 (4), the three.
    static let headBytes = 20

    static func unpack(_ bytes: UnsafeRawBufferPointer) -> TaskAttempt? {
        guard bytes.count >= headBytes else { return nil }
        let time = bytes.loadUnaligned(fromByteOffset: 0, as: Double.self)
        var offset = headBytes
        func text(_ at: Int, bias: Int) -> String? {
            let length = Int(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)) - bias
            guard length >= 0, offset + length <= bytes.count else { return nil }
            defer { offset += length }
            return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
        }
        let worker = text(8, bias: 0)
        let exception = text(12, bias: 1)
        let traceback = text(16, bias: 1)
        return TaskAttempt(
            time: time, exception: exception, traceback: traceback,
            worker: worker.flatMap { $0.isEmpty ? nil : $0 })
    }

    static func pack(
        time: Double, worker: UnsafeRawBufferPointer, exception: UnsafeRawBufferPointer?,
        traceback: UnsafeRawBufferPointer?
    ) -> [UInt8] {
        let exception = exception.map { UTF8Cut.cut($0, to: exceptionBytes) }
        let traceback = traceback.map { UTF8Cut.cut($0, to: tracebackBytes) }
        var packed: [UInt8] = []
        packed.reserveCapacity(headBytes + worker.count + (exception?.count ?? 0) + (traceback?.count ?? 0))
        withUnsafeBytes(of: time) { packed.append(contentsOf: $0) }
        for length in [worker.count, exception.map { $0.count + 1 } ?? 0, traceback.map { $0.count + 1 } ?? 0] {
            withUnsafeBytes(of: UInt32(length)) { packed.append(contentsOf: $0) }
        }
        packed.append(contentsOf: worker)
        if let exception { packed.append(contentsOf: exception) }
        if let traceback { packed.append(contentsOf: traceback) }
        return packed
    }
}

extension ClusterStore {
    /// The longest list of edits an event makes.
    private static let editLimit = 8

    /// args, kwargs, eta and expires into the request record; result, exception, traceback, signal and what is left of
    /// an attempt into the outcome record.
    mutating func takeTexts(
        _ event: UnsafePointer<calyx_event>, _ kind: EventKind, _ transition: TaskTransition, timestamp: Double,
        into at: Int
    ) {
        withUnsafeTemporaryAllocation(of: TextRecord.Edit.self, capacity: ClusterStore.editLimit) { edits in
            guard let edits = edits.baseAddress else { return }
            var count = 0
            let fills = transition == .fills
            let known = TextRecord(bytes: UnsafeRawBufferPointer(arena.bytes(tasks.rows[at].request)))
            take(event.pointee.args, .args, unless: fills ? known : nil, into: edits, &count, at)
            take(event.pointee.kwargs, .kwargs, unless: fills ? known : nil, into: edits, &count, at)
            take(event.pointee.eta, .eta, unless: fills ? known : nil, into: edits, &count, at)
            take(event.pointee.expires, .expires, unless: fills ? known : nil, into: edits, &count, at)
            // A new attempt that carries a null ETA or expiry has none, whatever the one before had.
            if !fills {
                clear(event.pointee.eta, .eta, in: known, into: edits, &count)
                clear(event.pointee.expires, .expires, in: known, into: edits, &count)
            }
            if count > 0 {
                tasks.rows[at].request = rewrite(
                    tasks.rows[at].request, UnsafeBufferPointer(start: edits, count: count), owner: UInt32(at) << 1)
            }

            count = 0
            // The exception that ended a task stays when the end of an earlier attempt is told late.
            let isLate = transition == .endsEarlierAttempt && tasks.rows[at].state == .failure
            take(event.pointee.result, .result, unless: nil, into: edits, &count, at)
            if !isLate {
                take(event.pointee.exception, .exception, unless: nil, into: edits, &count, at)
                take(event.pointee.traceback, .traceback, unless: nil, into: edits, &count, at)
            }
            take(event.pointee.signum, .signal, unless: nil, into: edits, &count, at)
            if count > 0 {
                tasks.rows[at].outcome = rewrite(
                    tasks.rows[at].outcome, UnsafeBufferPointer(start: edits, count: count),
                    owner: UInt32(at) << 1 | 1)
            }
        }
        if kind == .taskRetried { addAttempt(event, timestamp: timestamp, to: at) }
    }

    private mutating func take(
        _ text: calyx_text, _ field: TextField, unless known: TextRecord?,
        into edits: UnsafeMutablePointer<TextRecord.Edit>, _ count: inout Int, _ at: Int
    ) {
        guard text.isPresent else { return }
        if let known, known.field(field) != nil { return }
        let bytes = UTF8Cut.cut(text.bytes, to: limits.textBytes)
        let isCut = bytes.count < Int(text.length)
        if isCut { tasks.rows[at].flags.insert(.textIsCut) }
        edits.advanced(by: count).initialize(to: TextRecord.Edit(field, bytes, isCut: isCut))
        count += 1
    }

    private func clear(
        _ text: calyx_text, _ field: TextField, in known: TextRecord,
        into edits: UnsafeMutablePointer<TextRecord.Edit>, _ count: inout Int
    ) {
        guard text.state == CALYX_TEXT_NULL, known.field(field) != nil else { return }
        edits.advanced(by: count).initialize(to: TextRecord.Edit(field, nil))
        count += 1
    }

    /// The record with the edits made, as a new block; 0 when nothing is left or the system has no memory.
    mutating func rewrite(
        _ old: TextArena.Reference, _ edits: UnsafeBufferPointer<TextRecord.Edit>, owner: UInt32
    ) -> TextArena.Reference {
        let record = TextRecord(bytes: UnsafeRawBufferPointer(arena.bytes(old)))
        var size = 0
        for edit in edits { size += edit.bytes.map { $0.count + TextRecord.headBytes } ?? 0 }
        record.forEach { field in
            if !edits.contains(where: { $0.tag == field.tag }) { size += field.bytes.count + TextRecord.headBytes }
            return true
        }
        // The old block stays where it is while the new one is made: slabs do not move.
        guard size > 0, let (reference, start) = arena.allocate(bytes: size, owner: owner) else {
            arena.free(old)
            return 0
        }
        let end = arena.bytes(reference).count
        memset(start + (end - 8), 0, 8)
        var offset = 0
        record.forEach { field in
            if !edits.contains(where: { $0.tag == field.tag }) {
                offset = TextRecord.append(field, to: start, at: offset)
            }
            return true
        }
        for edit in edits {
            guard let bytes = edit.bytes else { continue }
            let field = TextRecord.Field(tag: edit.tag, isCut: edit.isCut, bytes: bytes)
            offset = TextRecord.append(field, to: start, at: offset)
        }
        arena.free(old)
        return reference
    }

    /// Keeps the attempt that this task-retried ends: the first one and the newest ones, at most `PackedAttempt.limit`.
    private mutating func addAttempt(_ event: UnsafePointer<calyx_event>, timestamp: Double, to at: Int) {
        let host =
            event.pointee.hostname.isPresent
            ? event.pointee.hostname.bytes : UnsafeRawBufferPointer(start: nil, count: 0)
        let added = PackedAttempt.pack(
            time: timestamp, worker: UTF8Cut.cut(host, to: 1024),
            exception: event.pointee.exception.isPresent ? event.pointee.exception.bytes : nil,
            traceback: event.pointee.traceback.isPresent ? event.pointee.traceback.bytes : nil)
        var attempts: [[UInt8]] = []
        let record = TextRecord(bytes: UnsafeRawBufferPointer(arena.bytes(tasks.rows[at].outcome)))
        record.forEach { field in
            if field.tag == TextField.attempt.rawValue { attempts.append(Array(field.bytes)) }
            return true
        }
        attempts.append(added)
        if attempts.count > PackedAttempt.limit { attempts.remove(at: 1) }
        // All attempts in one buffer, so that one list of edits can point into it.
        let joined = attempts.flatMap { $0 }
        joined.withUnsafeBytes { bytes in
            var edits: [TextRecord.Edit] = []
            var offset = 0
            for attempt in attempts {
                let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + attempt.count])
                edits.append(TextRecord.Edit(.attempt, part))
                offset += attempt.count
            }
            edits.withUnsafeBufferPointer {
                tasks.rows[at].outcome = rewrite(tasks.rows[at].outcome, $0, owner: UInt32(at) << 1 | 1)
            }
        }
    }
}
