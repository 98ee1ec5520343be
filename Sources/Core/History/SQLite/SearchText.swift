internal import ClusterState

/// What the index holds of a task, and how it is asked.
enum SearchText {
    /// Casefolded args, kwargs, result and exception. Names, workers and states are few and looked for by themselves,
    /// tracebacks are in their own table.
    static func text(of task: TaskSnapshot) -> String {
        var text = ""
        for part in [task.args, task.kwargs, task.result, task.exception] {
            guard let part, part.utf8.count > 2 else { continue }
            if !text.isEmpty { text += "\n" }
            text += TextFolding.fold(part)
        }
        return text
    }

    /// The FTS5 expression for texts that hold every three letters that follow each other in `folded`; nil when it has
    /// fewer than three.
    static func match(_ folded: String) -> String? {
        let scalars = Array(folded.unicodeScalars)
        guard scalars.count >= 3, !scalars.contains("\0") else { return nil }
        var seen: Set<String> = []
        var terms: [String] = []
        for start in 0...(scalars.count - 3) {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[start..<start + 3])
            let trigram = String(view)
            guard seen.insert(trigram).inserted else { continue }
            terms.append("\"" + trigram.replacing("\"", with: "\"\"") + "\"")
            if terms.count == 24 { break }
        }
        return terms.joined(separator: " AND ")
    }
}
