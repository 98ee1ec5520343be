/// What a person's rights are limited to: tasks by name, queues, or both.
///
/// A task is inside when its name fits one of `tasks` (any name, when there are none) and its queue is one of `queues`
/// (any queue, when there are none). What is not known, a task without a name or whose queue no event told, is outside
/// of a scope that asks for it. Comparisons are byte for byte.
package struct Scope: Sendable, Hashable {
    /// Sorted, each once.
    package let tasks: [TaskPattern]
    /// Exact names; sorted, each once.
    package let queues: [String]

    /// Bytes of `encoded` at most, so that an assertion stays a header field.
    package static let longestEncoding = 4096

    /// Throws when it would limit nothing, when a pattern or a name is not well-formed, and when it is too long.
    package init(tasks: [String], queues: [String]) throws(ScopeError) {
        guard !tasks.isEmpty || !queues.isEmpty else {
            throw ScopeError("a scope without tasks and queues limits nothing")
        }
        var patterns: [TaskPattern] = []
        for text in tasks { patterns.append(try TaskPattern(text)) }
        for name in queues where !TaskPattern.isName(name) || name.contains("*") {
            throw ScopeError("'\(name)' is not the name of a queue; there are no patterns for queues")
        }
        self.tasks = Self.canonical(patterns, by: \.text)
        self.queues = Self.canonical(queues, by: \.self)
        guard encoded.count <= Self.longestEncoding else {
            throw ScopeError(
                "the scope takes \(encoded.count) bytes; \(Self.longestEncoding) are allowed, use prefixes")
        }
    }

    private static func canonical<Element>(_ elements: [Element], by text: (Element) -> String) -> [Element] {
        var seen: Set<[UInt8]> = []
        return elements.filter { seen.insert(Array(text($0).utf8)).inserted }
            .sorted { text($0).utf8.lexicographicallyPrecedes(text($1).utf8) }
    }

    package func includes(taskName name: String?) -> Bool {
        tasks.isEmpty || name.map { name in tasks.contains { $0.matches(name) } } ?? false
    }

    package func includes(queue: String?) -> Bool {
        queues.isEmpty || queue.map { queue in queues.contains { $0.utf8.elementsEqual(queue.utf8) } } ?? false
    }

    package func includes(taskName: String?, queue: String?) -> Bool {
        includes(taskName: taskName) && includes(queue: queue)
    }

    /// For people: `tasks billing.* and queues billing, mail`.
    package var description: String {
        var parts: [String] = []
        if !tasks.isEmpty { parts.append("tasks \(tasks.map(\.text).joined(separator: ", "))") }
        if !queues.isEmpty { parts.append("queues \(queues.joined(separator: ", "))") }
        return parts.joined(separator: " and ")
    }
}

/// An exact task name, or a prefix with `*` behind it.
package struct TaskPattern: Sendable, Hashable {
    /// As it is written: `billing.charge`, `billing.*`.
    package let text: String

    package init(_ text: String) throws(ScopeError) {
        guard Self.isName(text) else {
            throw ScopeError("'\(text)' is not a task name: 1 to 255 bytes without control characters")
        }
        if let star = text.firstIndex(of: "*") {
            guard text.index(after: star) == text.endIndex else {
                throw ScopeError("'\(text)': `*` may only stand at the end, for any rest of the name")
            }
            guard star != text.startIndex else {
                throw ScopeError("'*' would match every task; leave the limit out instead")
            }
        }
        self.text = text
    }

    package func matches(_ name: String) -> Bool {
        guard text.utf8.last == UInt8(ascii: "*") else { return text.utf8.elementsEqual(name.utf8) }
        return name.utf8.starts(with: text.utf8.dropLast())
    }

    static func isName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
}

/// Why a scope is refused, as the end of a sentence.
package struct ScopeError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension Scope {
    /// The one byte form: the number of patterns and they, the number of queues and they; numbers and lengths are 16-bit
    /// big-endian, texts UTF-8. Fit for an assertion and for a column of a database.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for texts in [tasks.map(\.text), queues] {
            bytes.append(bigEndian: texts.count)
            for text in texts {
                bytes.append(bigEndian: text.utf8.count)
                bytes.append(contentsOf: text.utf8)
            }
        }
        return bytes
    }

    /// Nil for anything but what `encoded` writes: whoever reads nil must refuse, not lift the limit.
    package init?(encoded bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.longestEncoding else { return nil }
        var rest = Array(bytes)[...]
        func number() -> Int? {
            guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
            return Int(high) << 8 | Int(low)
        }
        var lists: [[String]] = []
        for _ in 0..<2 {
            guard let count = number() else { return nil }
            var texts: [String] = []
            for _ in 0..<count {
                guard let length = number(), rest.count >= length,
                    let text = String(validating: rest.prefix(length), as: UTF8.self)
                else { return nil }
                rest = rest.dropFirst(length)
                texts.append(text)
            }
            lists.append(texts)
        }
        guard rest.isEmpty, let scope = try? Scope(tasks: lists[0], queues: lists[1]),
            scope.encoded.elementsEqual(bytes)
        else { return nil }
        self = scope
    }
}

extension Scope: Codable {
    private enum CodingKeys: String, CodingKey { case tasks, queues }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            tasks: values.decode([String].self, forKey: .tasks), queues: values.decode([String].self, forKey: .queues))
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(tasks.map(\.text), forKey: .tasks)
        try values.encode(queues, forKey: .queues)
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian number: Int) {
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }
}
