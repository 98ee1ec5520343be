/// Reads the text that Python's `traceback` module writes.
struct TracebackParser {
    private static let heading = "Traceback (most recent call last):"
    private static let relations = [
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    ]
    /// Directories that hold code nobody debugs first.
    private static let libraryPlaces = [
        "/site-packages/", "/dist-packages/", "/lib/python", "/lib64/python", "<frozen ", "/celery/app/", "/billiard/",
    ]

    private var blocks: [Traceback.Block] = []
    private var block = Traceback.Block(relation: nil, parts: [], message: "")
    private var message: [Substring] = []
    private var isInFrames = false

    /// nil when `text` is no traceback in the usual form; it is then shown as it is.
    static func parse(_ text: String) -> Traceback? {
        guard text.contains(heading) else { return nil }
        var parser = TracebackParser()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { parser.take(line) }
        parser.finishBlock()
        guard parser.blocks.contains(where: { $0.frameCount > 0 }) else { return nil }
        return Traceback(blocks: parser.blocks)
    }

    private mutating func take(_ line: Substring) {
        let trimmed = line.drop { $0 == " " }
        if line == Self.heading {
            // Words before the first heading, and the relation between two exceptions, were taken as a message.
            if block.parts.isEmpty, block.message.isEmpty, !message.isEmpty { keepLeadingText() }
            isInFrames = true
        } else if Self.relations.contains(String(trimmed)) {
            finishBlock()
            block.relation = String(trimmed.dropLast())
        } else if isInFrames, let frame = Self.frame(line) {
            block.parts.append(.frame(frame))
        } else if isInFrames, line.hasPrefix("    ") {
            appendSource(line)
        } else if isInFrames, line.hasPrefix("  ") {
            block.parts.append(.text(String(trimmed)))
        } else {
            isInFrames = false
            message.append(line)
        }
    }

    private mutating func appendSource(_ line: Substring) {
        if case .frame(var frame)? = block.parts.last {
            frame.source.append(String(line.dropFirst(4)))
            block.parts[block.parts.count - 1] = .frame(frame)
        } else {
            block.parts.append(.text(String(line)))
        }
    }

    private mutating func keepLeadingText() {
        let text = joinedMessage()
        message = []
        if !text.isEmpty { block.parts.append(.text(text)) }
    }

    private mutating func finishBlock() {
        block.message = joinedMessage()
        if !block.parts.isEmpty || !block.message.isEmpty { blocks.append(block) }
        block = Traceback.Block(relation: nil, parts: [], message: "")
        message = []
        isInFrames = false
    }

    /// Without the empty lines around it.
    private func joinedMessage() -> String {
        let lines = message.drop(while: \.isBlank).reversed().drop(while: \.isBlank).reversed()
        return lines.joined(separator: "\n")
    }

    /// `  File "app.py", line 42, in charge`; the function is missing in syntax errors.
    private static func frame(_ line: Substring) -> Traceback.Frame? {
        let start = "  File \""
        guard line.hasPrefix(start) else { return nil }
        let rest = line.dropFirst(start.count)
        // A file's name may hold a quote; `", line ` ends it.
        let parts = rest.split(separator: "\", line ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let place = parts[1].split(separator: ", in ", maxSplits: 1, omittingEmptySubsequences: false)
        let file = String(parts[0])
        return Traceback.Frame(
            file: file, line: String(place.first ?? ""), function: place.count > 1 ? String(place[1]) : "", source: [],
            isLibrary: libraryPlaces.contains { file.contains($0) })
    }
}

extension Substring {
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
