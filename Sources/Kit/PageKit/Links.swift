/// Makes every address of the pages, all under one prefix.
package struct Links: Sendable {
    /// Empty, or `/flower`.
    package let prefix: String
    /// For people with a scope: workers serve everybody's tasks, so that their pages are closed to them.
    package let hidesWorkers: Bool

    package init(prefix: String, hidesWorkers: Bool = false) {
        self.prefix = prefix
        self.hidesWorkers = hidesWorkers
    }

    package func page(_ path: StaticString, query: [(name: String, value: String)] = []) -> Link {
        Link(prefix: prefix, path: path, query: query)
    }

    package func task(_ id: String) -> Link { item(root: "/task", parameter: "id", value: id) }

    package func worker(_ name: String) -> Link { item(root: "/worker", parameter: "name", value: name) }

    /// The page to begin with.
    package var start: Link { hidesWorkers ? page("/tasks") : page("/") }

    package func tasks(_ query: (name: String, value: String)...) -> Link { page("/tasks", query: query) }

    /// A value that is no path segment of its own (empty, dots, or with a slash in it) is named in the query instead.
    private func item(root: StaticString, parameter: String, value: String) -> Link {
        if value.isEmpty || value == "." || value == ".." || value.utf8.contains(UInt8(ascii: "/")) {
            return page(root, query: [(parameter, value)])
        }
        return Link(root: Link.encodedPath(prefix) + "\(root)/", segment: value)
    }
}

extension HTML {
    /// A worker's name, which leads to its page where the person may see that.
    package mutating func workerName(_ name: String, _ links: Links, style: String? = nil) {
        if links.hidesWorkers {
            element(.span, style.map { .class($0) }, .title(name), text: name)
        } else {
            element(.a, style.map { .class($0) }, .href(links.worker(name)), .title(name), text: name)
        }
    }
}
