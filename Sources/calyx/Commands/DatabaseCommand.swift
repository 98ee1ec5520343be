import ClusterState
import CoreServer
import Glibc
import History
import Options

/// `calyx db …`: what a person does with history and its backups.
struct DatabaseCommand {
    let action: DatabaseAction
    let file: String?
    let words: [String: String]
    let settings: Settings

    func run() -> ExitStatus {
        do throws(HistoryError) {
            return try perform()
        } catch {
            Terminal.complain("calyx: \(error.message)\n")
            return .failure
        }
    }

    private func perform() throws(HistoryError) -> ExitStatus {
        let path = try HistoryFile.choose(settings.history.file).path
        if action == .restore { return try restore(path) }
        guard action == .load || access(path, F_OK) == 0 else {
            throw HistoryError(.invalid, "There is no history at \(path); name it with --db or --state_dir.")
        }
        if action == .backup { return try backUp(path) }
        let store = try SQLiteHistory(HistoryAssembly.configuration(settings, path: path))
        switch action {
        case .stats: return try stats(store, path)
        case .verify: return try verify(store, path)
        case .export: return try export(store)
        case .load: return try load(store)
        case .prune:
            var bar = ProgressBar("pruning")
            let count = try store.prune(at: SystemClock.now()) { bar.show(count: $0) }
            bar.end()
            Terminal.print("\(count) tasks were removed.\n")
        case .erase: return try erase(store)
        case .backup, .restore: break
        }
        return .success
    }

    private func stats(_ store: SQLiteHistory, _ path: String) throws(HistoryError) -> ExitStatus {
        let facts = try store.facts()
        var lines = [
            "file       \(path)", "schema     \(facts.schema)", "tasks      \(facts.tasks)",
            "oldest     \(facts.oldest.map(Self.time) ?? "-")", "newest     \(facts.newest.map(Self.time) ?? "-")",
            "bytes      \(facts.bytes)\(facts.tasks > 0 ? " (\(facts.bytes / facts.tasks) a task)" : "")",
            "free       \(facts.freeBytes)", "unindexed  \(facts.unindexed)", "steps      \(facts.steps)",
            "texts      \(facts.texts)", "workers    \(facts.workers)",
        ]
        lines += facts.tasksByState.map {
            $0.state.padding(toLength: max(11, $0.state.count + 1)) + String($0.count)
        }
        Terminal.print(lines.joined(separator: "\n") + "\n")
        return .success
    }

    private func verify(_ store: SQLiteHistory, _ path: String) throws(HistoryError) -> ExitStatus {
        var bar = ProgressBar("verifying")
        let problems = try store.verify { bar.show(part: $0) }
        bar.end()
        guard problems.isEmpty else {
            Terminal.complain("calyx: \(path) is not whole:\n" + problems.map { "  \($0)\n" }.joined())
            return .failure
        }
        Terminal.print("\(path) is whole: \(try store.size().tasks) tasks.\n")
        return .success
    }

    private func export(_ store: SQLiteHistory) throws(HistoryError) -> ExitStatus {
        let format = words["format"]?.lowercased() ?? "ndjson"
        guard ["ndjson", "csv"].contains(format) else { return refuse("format: allowed are ndjson and csv") }
        let search = try search()
        let total = try store.size().tasks
        var bar = ProgressBar("exporting")
        if format == "csv" { Terminal.print(TaskJSON.csvHeader) }
        var row: Int64 = 0
        var seen = 0
        let now = SystemClock.now()
        while true {
            let (tasks, last) = try store.exported(after: row, limit: 500)
            guard let last else { break }
            var text = ""
            for task in tasks where search?.matches(task.task, at: now) ?? true {
                if format == "csv" {
                    text += TaskJSON.csvLine(task)
                } else if let line = try? TaskJSON.line(task) {
                    text += line + "\n"
                }
            }
            Terminal.print(text)
            row = last
            seen += tasks.count
            bar.show(part: total == 0 ? 1 : Double(seen) / Double(total))
        }
        bar.end()
        return .success
    }

    private func load(_ store: SQLiteHistory) throws(HistoryError) -> ExitStatus {
        guard let file, let handle = fopen(file, "r") else {
            throw HistoryError(.invalid, "Cannot read \(file ?? ""): \(String(cString: strerror(errno)))")
        }
        defer { fclose(handle) }
        let redaction = Redaction(words: settings.history.redact ?? Redaction.usual)
        var bar = ProgressBar("importing")
        var batch = HistoryBatch()
        var count = 0
        var number = 0
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while true {
            let length = getline(&line, &capacity, handle)
            guard length >= 0, let line else { break }
            number += 1
            let text = String(
                decoding: UnsafeRawBufferPointer(start: line, count: length).prefix { $0 != 0x0A }, as: UTF8.self)
            if text.allSatisfy(\.isWhitespace) { continue }
            guard var task = try? TaskJSON.task(text) else {
                throw HistoryError(
                    .invalid,
                    "\(file), line \(number) is not a task as `calyx db export` writes it; "
                        + "the \(count) tasks before it are imported.")
            }
            redaction.apply(to: &task.task)
            batch.tasks.append(TaskChange(task: task.task, isFirst: true))
            batch.steps += task.steps
            count += 1
            if batch.tasks.count >= 2000 {
                try store.write(batch)
                batch = HistoryBatch()
                bar.show(count: count)
            }
        }
        try store.write(batch)
        bar.end()
        Terminal.print("\(count) tasks were imported.\n")
        return .success
    }

    private func erase(_ store: SQLiteHistory) throws(HistoryError) -> ExitStatus {
        guard let search = try search(), !search.isEmpty else {
            return refuse("erase: say what: calyx db erase --search='…'")
        }
        var bar = ProgressBar("erasing")
        let count = try store.erase(search, at: SystemClock.now()) { bar.show(count: $0) }
        bar.end()
        Terminal.print(
            "\(count) tasks were erased. A running Calyx still has in memory what it heard of them, until it is restarted.\n"
        )
        return .success
    }

    private func backUp(_ path: String) throws(HistoryError) -> ExitStatus {
        guard let file else { return .badConfiguration }
        let copy = StateDirectory.absolute(file)
        var bar = ProgressBar("history")
        try SQLiteHistory.backUp(path, to: copy) { bar.show(part: $0) }
        bar.end()
        var files = [copy]
        if access(settings.state.sessionsFile, F_OK) == 0 {
            try SQLiteHistory.backUp(settings.state.sessionsFile, to: copy + ".sessions") { _ in }
            files.append(copy + ".sessions")
        }
        Terminal.print(files.map { "\($0) is written.\n" }.joined())
        return .success
    }

    private func restore(_ path: String) throws(HistoryError) -> ExitStatus {
        guard let file else { return .badConfiguration }
        if case .unix(let socket) = settings.core.endpoint, RunningCore.answers(at: socket) {
            throw HistoryError(.invalid, "Calyx is running (\(socket)); stop it before a backup is put in place.")
        }
        let copy = StateDirectory.absolute(file)
        guard try HistoryFile.contents(of: copy) == .ours else {
            throw HistoryError(.invalid, "\(copy) is not a backup of Calyx's history.")
        }
        var places = [(path, copy)]
        if access(copy + ".sessions", F_OK) == 0 { places.append((settings.state.sessionsFile, copy + ".sessions")) }
        for (place, copy) in places {
            let aside = try SQLiteHistory.restore(place, from: copy, now: SystemClock.now())
            Terminal.print("\(place) is restored.\(aside.map { " What was there is in \($0)." } ?? "")\n")
        }
        return .success
    }

    private func search() throws(HistoryError) -> SearchExpression? {
        guard let text = words["search"] else { return nil }
        do throws(SearchError) {
            return try SearchExpression(text)
        } catch {
            throw HistoryError(.invalid, "search: \(error.message)")
        }
    }

    private func refuse(_ text: String) -> ExitStatus {
        Terminal.complain("calyx: \(text)\n")
        return .badConfiguration
    }

    private static func time(_ seconds: Double) -> String { LogTime.text(seconds) }
}

extension String {
    fileprivate func padding(toLength length: Int) -> String {
        self + String(repeating: " ", count: max(0, length - count))
    }
}

/// A line on standard error that tells how far something is, when a person sees it.
struct ProgressBar {
    private let what: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private var last = ""

    init(_ what: String) { self.what = what }

    mutating func show(part: Double) {
        let filled = Int(max(0, min(part, 1)) * 40)
        show(
            "[\(String(repeating: "#", count: filled))\(String(repeating: " ", count: 40 - filled))] \(Int(part * 100)) %"
        )
    }

    mutating func show(count: Int) { show("\(count) tasks") }

    private mutating func show(_ text: String) {
        guard isShown, text != last else { return }
        last = text
        Terminal.complain("\r\(what) \(text)")
    }

    func end() { if isShown, !last.isEmpty { Terminal.complain("\r\u{1B}[K") } }
}

/// Whether somebody listens on a unix socket.
enum RunningCore {
    static func answers(at path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
