/// Makes every address of the pages, all under one prefix.
package struct Links: Sendable {
    /// Empty, or `/flower`.
    package let prefix: String

    package init(prefix: String) { self.prefix = prefix }

    package func page(_ path: StaticString, query: [(name: String, value: String)] = []) -> Link {
        Link(prefix: prefix, path: path, query: query)
    }

    package func task(_ id: String) -> Link { item(root: "/task", parameter: "id", value: id) }

    package func worker(_ name: String) -> Link { item(root: "/worker", parameter: "name", value: name) }

    package func tasks(_ query: (name: String, value: String)...) -> Link { page("/tasks", query: query) }

    /// A value that is no path segment of its own (empty, dots, or with a slash in it) is named in the query instead.
    private func item(root: StaticString, parameter: String, value: String) -> Link {
        if value.isEmpty || value == "." || value == ".." || value.utf8.contains(UInt8(ascii: "/")) {
            return page(root, query: [(parameter, value)])
        }
        return Link(root: Link.encodedPath(prefix) + "\(root)/", segment: value)
    }
}
