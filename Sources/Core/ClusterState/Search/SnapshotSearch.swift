extension SearchExpression {
    /// Whether the search holds for a task that is not in memory: the same answer as for one that is.
    ///
    /// - Parameter now: unix seconds, for ranges such as `since:1h`.
    package func matches(_ task: TaskSnapshot, at now: Double) -> Bool {
        SnapshotSearch(task: task, now: now).matches(root)
    }
}

private struct SnapshotSearch {
    let task: TaskSnapshot
    let now: Double

    func matches(_ node: SearchNode) -> Bool {
        switch node {
        case .all: true
        case .term(let term): matches(term)
        case .not(let node): !matches(node)
        case .and(let nodes): nodes.allSatisfy(matches)
        case .or(let nodes): nodes.contains(where: matches)
        }
    }

    private func matches(_ term: SearchTerm) -> Bool {
        switch term {
        case .state(let name): CaseFolding.fold(task.state.name) == name
        case .id(let prefix): prefix.isPrefix(of: task.uuid)
        case .keyword(let needle): task.kwargs?.withBytes { needle.isIn($0) } ?? false
        case .range(let range): range.contains(value(range.quantity), at: now)
        case .contains(let needle, let field): texts(field).contains { $0?.withBytes { needle.isIn($0) } ?? false }
        }
    }

    private func texts(_ field: SearchField?) -> [String?] {
        switch field {
        case nil: [task.name, task.worker, task.state.name, task.uuid, task.args, task.kwargs, task.result]
        case .name: [task.name]
        case .state: [task.state.name]
        case .worker: [task.worker]
        case .args: [task.args]
        case .kwargs: [task.kwargs]
        case .result: [task.result]
        case .queue: [task.queue]
        case .error: [task.exception, task.traceback]
        }
    }

    private func value(_ quantity: SearchRange.Quantity) -> Double {
        switch quantity {
        case .runtime: task.runtime ?? .nan
        case .retries: task.retries.map(Double.init) ?? .nan
        case .since, .until: task.timestamp ?? .nan
        }
    }
}

extension IDPrefix {
    fileprivate func isPrefix(of uuid: String) -> Bool { uuid.withBytes { matches($0) } }
}

extension String {
    fileprivate func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var text = self
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
