import PageKit

extension HTML {
    /// A traceback: own frames open, stretches of library frames folded, the raw text below.
    mutating func traceback(_ text: String, id: String) {
        element(.div, .class("traceback")) { html in
            if let traceback = TracebackParser.parse(text) {
                for block in traceback.blocks { html.block(block) }
                html.element(.details, .class("raw")) { html in
                    html.element(.summary, text: "Raw traceback")
                    html.element(.pre, .id(id), text: text)
                }
            } else {
                html.element(.pre, .id(id), text: text)
            }
            html.element(
                .button, .class("button copy scripted"), .type("button"), .data("copy-from", id)
            ) { html in
                html.element(.span, .class("i i-copy"), .aria("hidden", "true"))
                html.text("Copy traceback")
            }
        }
    }

    private mutating func block(_ block: Traceback.Block) {
        if let relation = block.relation { element(.p, .class("relation"), text: relation) }
        if block.frameCount > 0 { element(.p, .class("order"), text: "Traceback (most recent call last)") }
        element(.ol, .class("frames")) { html in
            for stretch in Self.stretches(block.parts) { html.stretch(stretch) }
        }
        if !block.message.isEmpty { element(.p, .class("raised"), text: block.message) }
    }

    private mutating func stretch(_ parts: [Traceback.Part]) {
        guard parts.count > 1, parts.allSatisfy(\.isLibrary), case .frame(let first) = parts[0] else {
            for part in parts { frame(part) }
            return
        }
        element(.li, .class("folded")) { html in
            html.element(.details) { html in
                html.element(.summary) { html in
                    html.text("\(parts.count) library frames, ")
                    html.element(.span, .class("mono"), text: Self.shortPath(first.file))
                }
                html.element(.ol, .class("frames")) { html in
                    for part in parts { html.frame(part) }
                }
            }
        }
    }

    private mutating func frame(_ part: Traceback.Part) {
        switch part {
        case .text(let text): element(.li, .class("remark"), text: text)
        case .frame(let frame):
            element(.li, .class(frame.isLibrary ? "frame library" : "frame")) { html in
                html.element(.p, .class("where"), .title(frame.file)) { html in
                    html.element(.span, .class("function"), text: frame.function.isEmpty ? "module" : frame.function)
                    html.element(.span, .class("file")) { html in
                        html.element(.bdi, text: Self.shortPath(frame.file))
                        html.text(":\(frame.line)")
                    }
                }
                if !frame.source.isEmpty {
                    html.element(.pre, .class("source"), text: frame.source.joined(separator: "\n"))
                }
            }
        }
    }

    /// Neighbours of one kind together. The last frame is where it was raised and is never folded away.
    private static func stretches(_ parts: [Traceback.Part]) -> [[Traceback.Part]] {
        var stretches: [[Traceback.Part]] = []
        for (index, part) in parts.enumerated() {
            if index < parts.count - 1, part.isLibrary, let last = stretches.last?.last, last.isLibrary {
                stretches[stretches.count - 1].append(part)
            } else {
                stretches.append([part])
            }
        }
        return stretches
    }

    /// The part of a path that tells where it is: from the package on, or its last three names.
    private static func shortPath(_ path: String) -> String {
        for place in ["/site-packages/", "/dist-packages/"] {
            if let rest = path.split(separator: place, maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first
            {
                return String(rest)
            }
        }
        let names = path.split(separator: "/")
        return names.count > 3 ? "…/" + names.suffix(3).joined(separator: "/") : path
    }
}

extension Traceback.Part {
    fileprivate var isLibrary: Bool {
        if case .frame(let frame) = self { frame.isLibrary } else { false }
    }
}
