import Dispatch
import Foundation
import GRDB
import Glibc
import Logging
import PrivateDatabase
import Synchronization

/// The record of who did what: append-only, chained by hashes, in a SQLite file of its own, one for each gateway.
///
/// `record` never waits: entries go into a bounded queue that one thread writes, several in one transaction. While writing
/// fails or the queue is nearly full, `acceptsActions` is false: what changes something must then be refused, since
/// nobody could tell afterwards who did it.
package final class AuditTrail: Sendable {
    private struct State {
        var waiting: [AuditEvent] = []
        var isWriting = false
        /// Since when writing has been failing, monotonic.
        var isFailing = false
        var isClosed = false
        var recorded = 0
        var dropped = 0
        var budget = StrangerBudget()
        var suppressed = 0
        /// The last entry of ours, to notice when somebody else changes it.
        var end: (number: Int64, hash: [UInt8])
    }

    /// Entries that may wait. What strangers can cause, such as refused sign-ins, gets half of it at most.
    private static let capacity = 8192
    private static let batch = 512

    private let pool: DatabasePool
    private let writing = DispatchQueue(label: "calyx.audit.write")
    private let state: Mutex<State>
    private let retention: AuditRetention
    private let logger: Logger
    private let now: @Sendable () -> Double
    private let timer = Mutex<(any DispatchSourceTimer)?>(nil)

    /// Opens or creates the file, mode 0600.
    /// - Throws: `PrivateDatabaseError` for a file of a later version, of another program, or one that cannot be used.
    package init(
        path: String, retention: AuditRetention = AuditRetention(), logger: Logger,
        now: @escaping @Sendable () -> Double = AuditTrail.wallClock
    ) async throws {
        let file = PrivateDatabaseFile(AuditDatabase.kind, path: path, logger: logger, now: now())
        let (pool, end) = try await PrivateDatabaseFile.offPool { try file.openPool { try AuditDatabase.end($0) } }
        self.pool = pool
        state = Mutex(State(end: end))
        self.retention = retention
        self.logger = logger
        self.now = now
        timer.withLock {
            let timer = DispatchSource.makeTimerSource(queue: writing)
            timer.schedule(deadline: .now() + 5, repeating: 600, leeway: .seconds(5))
            timer.setEventHandler { [weak self] in self?.shorten() }
            timer.activate()
            $0 = timer
        }
        let head = AuditHead(number: end.number, hash: AuditChain.hex(end.hash))
        logger.info("the audit record is open", metadata: ["path": "\(path)", "head": "\(head)"])
    }

    deinit { stopTimer() }

    package static func wallClock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Unix seconds, for events.
    package var time: Double { now() }

    /// Whether an action that is done now can be recorded.
    package var acceptsActions: Bool {
        state.withLock { !$0.isFailing && !$0.isClosed && $0.waiting.count < Self.capacity / 2 }
    }

    /// Entries written, dropped for want of room, and left out because strangers caused too many, since the start; those
    /// that wait; and whether writing fails.
    package var report: (recorded: Int, dropped: Int, suppressed: Int, waiting: Int, isFailing: Bool) {
        state.withLock { ($0.recorded, $0.dropped, $0.suppressed, $0.waiting.count, $0.isFailing) }
    }

    /// Adds an entry. Returns at once; called on event loops.
    package func record(_ event: AuditEvent) {
        let isStrangers = event.kind == .signInRefused || event.kind == .tokenRefused
        let room = isStrangers ? Self.capacity / 2 : Self.capacity
        let (starts, dropped) = state.withLock { state in
            if isStrangers {
                let (isAdmitted, leftOut) = state.budget.admit(now: now())
                guard isAdmitted else {
                    state.suppressed += 1
                    return (false, 0)
                }
                if leftOut > 0 { state.waiting.append(suppressed(leftOut)) }
            }
            guard !state.isClosed, state.waiting.count < room else {
                state.dropped += 1
                return (false, state.dropped)
            }
            state.waiting.append(event)
            defer { state.isWriting = true }
            return (!state.isWriting, 0)
        }
        if starts { writing.async { [self] in write() } }
        // The first one, and then ever more seldom.
        if dropped > 0, dropped.nonzeroBitCount == 1 {
            logger.error(
                "Audit entries were dropped: too many wait to be written", metadata: ["dropped": "\(dropped)"])
        }
    }

    /// Adds an action with what the core said of it.
    package func record(_ event: AuditEvent, note: String?) {
        guard let note else { return record(event) }
        var event = event
        if let note = ActionNote(note) {
            event.action = note.action
            event.detail = note.detail
            if event.result == .ok, note.hasFailures { event.result = .failed }
        } else {
            event.detail = "{\"note\":\(AuditExport.string(String(note.prefix(2000))))}"
        }
        record(event)
    }

    /// Entries that `query` asks for.
    package func search(_ query: AuditQuery) async throws -> [AuditEntry] {
        let pool = pool
        return try await pool.read { try query.run($0) }
    }

    /// Looks at the whole record.
    package func verify(known: [AuditHead] = []) async throws -> AuditVerification {
        await flush()
        let end = state.withLock { $0.end }
        let own = AuditHead(number: end.number, hash: AuditChain.hex(end.hash))
        let pool = pool
        return try await pool.read { try AuditVerification.run($0, known: known + [own]) }
    }

    /// Waits until what was recorded so far is written, or writing fails.
    package func flush() async {
        await withCheckedContinuation { continuation in
            writing.async { [self] in
                write()
                continuation.resume()
            }
        }
    }

    /// Writes what waits and closes the file.
    package func close() async {
        await flush()
        stopTimer()
        let (isFirst, end) = state.withLock { state in
            defer { state.isClosed = true }
            return (!state.isClosed, state.end)
        }
        guard isFirst else { return }
        logger.info("the audit record is closed", metadata: ["head": "\(end.number):\(AuditChain.hex(end.hash))"])
        let pool = pool
        try? await PrivateDatabaseFile.offPool { try pool.close() }
    }

    private func stopTimer() {
        timer.withLock {
            $0?.cancel()
            $0 = nil
        }
    }

    // MARK: On the writing queue

    private func write() {
        while true {
            let batch = state.withLock { Array($0.waiting.prefix(Self.batch)) }
            guard !batch.isEmpty else { break }
            guard store(batch) else { return }
        }
        state.withLock { if $0.waiting.isEmpty { $0.isWriting = false } }
    }

    /// False when writing failed; it is tried again in a second.
    private func store(_ batch: [AuditEvent]) -> Bool {
        let known = state.withLock { $0.end }
        do {
            let (end, isChanged) = try pool.write { db in
                let isChanged = try AuditDatabase.hash(of: known.number, db) != known.hash
                let warning = isChanged ? [changedOutside(known.number)] : []
                return (try AuditDatabase.append(warning + batch, db), isChanged)
            }
            let hadFailed = state.withLock { state in
                state.waiting.removeFirst(batch.count)
                state.recorded += batch.count
                state.end = end
                defer { state.isFailing = false }
                return state.isFailing
            }
            if hadFailed { logger.info("The audit record can be written again") }
            if isChanged {
                logger.critical(
                    "The audit record was changed by somebody else", metadata: ["entry": "\(known.number)"])
            }
            return true
        } catch {
            let isFirst = state.withLock { state in
                defer { state.isFailing = true }
                return !state.isFailing
            }
            if isFirst {
                logger.error(
                    "The audit record cannot be written: actions are refused until it can",
                    metadata: ["error": "\(error)"])
            }
            writing.asyncAfter(deadline: .now() + 1) { [weak self] in self?.write() }
            return false
        }
    }

    private func suppressed(_ count: Int) -> AuditEvent {
        var event = AuditEvent(.record, time: now())
        event.action = "record.suppressed"
        event.reason = "\(count) refused sign-ins and tokens were left out: there were too many"
        return event
    }

    private func changedOutside(_ number: Int64) -> AuditEvent {
        var event = AuditEvent(.record, .failed, time: now())
        event.action = "record.changed"
        event.reason = "entry \(number) is not what this gateway wrote: the record was changed from outside"
        return event
    }

    private func shorten() {
        do {
            let (retention, time) = (retention, now())
            var gone = 0
            while true {
                let (count, end) = try pool.write { db in
                    (try retention.apply(db, now: time), try AuditDatabase.end(db))
                }
                guard count > 0 else { break }
                gone += count
                state.withLock { $0.end = end }
            }
            if gone > 0 { logger.info("Old audit entries were removed", metadata: ["entries": "\(gone)"]) }
        } catch {
            logger.warning("Old audit entries could not be removed", metadata: ["error": "\(error)"])
        }
        let end = state.withLock { $0.end }
        // A head in the log, which usually goes elsewhere, proves the record up to there.
        logger.info("audit record", metadata: ["head": "\(end.number):\(AuditChain.hex(end.hash))"])
    }
}
