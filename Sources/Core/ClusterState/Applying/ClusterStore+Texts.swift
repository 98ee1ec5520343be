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
    /// A shorter text takes no more room than the handle of a shared one.
    private static let shortestShared = 12

    /// The field's text, wherever it is kept.
    @inline(__always)
    func text(_ field: TextRecord.Field) -> UnsafeRawBufferPointer {
        let handle = field.handle
        return handle == 0 ? field.bytes : texts.text(handle)
    }

    /// One text of a record; nil when it has no such field.
    @inline(__always)
    func text(_ tag: TextField, in reference: TextArena.Reference) -> UnsafeRawBufferPointer? {
        guard reference != 0 else { return nil }
        return record(reference).field(tag).map { text($0) }
    }

    @inline(__always)
    func record(_ reference: TextArena.Reference) -> TextRecord {
        TextRecord(bytes: UnsafeRawBufferPointer(arena.bytes(reference)))
    }

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
            let known = record(tasks.rows[at].request)
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
        let bytes = UTF8Cut.cut(text.bytes, to: min(limits.textBytes, TextRecord.longestField))
        let isCut = bytes.count < Int(text.length)
        if isCut { tasks.rows[at].flags.insert(.textIsCut) }
        edits.advanced(by: count).initialize(
            to: TextRecord.Edit(field, share(bytes), isCut: isCut, isWide: !bytes.isASCII))
        count += 1
    }

    /// A text that came before is kept once for all its tasks: results, keyword arguments and tracebacks often repeat.
    private mutating func share(_ bytes: UnsafeRawBufferPointer) -> TextRecord.Edit.Content {
        guard bytes.count >= ClusterStore.shortestShared else { return .text(bytes) }
        let hash = texts.hash(bytes)
        return repeats.isRepeated(hash) ? .shared(texts.intern(bytes, hash: hash)) : .text(bytes)
    }

    private func clear(
        _ text: calyx_text, _ field: TextField, in known: TextRecord,
        into edits: UnsafeMutablePointer<TextRecord.Edit>, _ count: inout Int
    ) {
        guard text.state == CALYX_TEXT_NULL, known.field(field) != nil else { return }
        edits.advanced(by: count).initialize(to: TextRecord.Edit(field, .gone))
        count += 1
    }

    /// The record with the edits made, as a new block; 0 when nothing is left or the system has no memory.
    mutating func rewrite(
        _ old: TextArena.Reference, _ edits: UnsafeBufferPointer<TextRecord.Edit>, owner: UInt32
    ) -> TextArena.Reference {
        let record = record(old)
        var size = 0
        var isWide = false
        for edit in edits {
            size += edit.size
            isWide = isWide || edit.isWide
        }
        var offset = 0
        while let field = record.next(&offset) {
            if edits.contains(where: { $0.tag == field.tag }) { continue }
            size += field.bytes.count + TextRecord.headBytes
            isWide = isWide || field.isWide
        }
        // The old block stays where it is while the new one is made: slabs do not move.
        guard size > 0, let (reference, start) = arena.allocate(bytes: size, owner: owner, isWide: isWide) else {
            for edit in edits {
                if case .shared(let handle) = edit.content { texts.release(handle) }
            }
            free(old)
            return 0
        }
        let end = arena.bytes(reference).count
        memset(start + (end - 8), 0, 8)
        var position = 0
        offset = 0
        while let field = record.next(&offset) {
            if edits.contains(where: { $0.tag == field.tag }) {
                texts.release(field.handle)
            } else {
                position = TextRecord.append(field, to: start, at: position)
            }
        }
        for edit in edits { position = TextRecord.append(edit, to: start, at: position) }
        arena.free(old)
        return reference
    }

    /// Frees a record and lets go of the texts that it shares.
    mutating func free(_ reference: TextArena.Reference) {
        guard reference != 0 else { return }
        let record = record(reference)
        var offset = 0
        while let field = record.next(&offset) { texts.release(field.handle) }
        arena.free(reference)
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
        let record = record(tasks.rows[at].outcome)
        var position = 0
        while let field = record.next(&position) {
            if field.tag == TextField.attempt.rawValue { attempts.append(Array(field.bytes)) }
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
                edits.append(TextRecord.Edit(.attempt, .text(part)))
                offset += attempt.count
            }
            edits.withUnsafeBufferPointer {
                tasks.rows[at].outcome = rewrite(tasks.rows[at].outcome, $0, owner: UInt32(at) << 1 | 1)
            }
        }
    }
}
