/// Writes HTML so that nothing unescaped can get in: markup comes from `StaticString` literals and closed lists of names,
/// everything else goes through `text(_:)` or an attribute value, which escape.
///
/// There is no call that takes a `String` as markup, so forgetting to escape does not compile.
package struct HTML: Sendable, Equatable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Writes what `content` writes.
    package init(_ content: (inout HTML) -> Void) { content(&self) }

    package var isEmpty: Bool { bytes.isEmpty }

    package mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

    /// Character data.
    package mutating func text(_ text: String) { HTMLEscaping.append(text, to: &bytes) }

    package mutating func text(_ number: some FixedWidthInteger) { bytes.append(contentsOf: String(number).utf8) }

    /// Markup written in our own source.
    package mutating func markup(_ literal: StaticString) {
        literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Markup that this writer made.
    package mutating func append(_ html: HTML) { bytes.append(contentsOf: html.bytes) }

    /// An element with content.
    package mutating func element(_ tag: Tag, _ attributes: Attribute?..., content: (inout HTML) -> Void) {
        open(tag, attributes)
        content(&self)
        close(tag)
    }

    /// An element with text.
    package mutating func element(_ tag: Tag, _ attributes: Attribute?..., text: String) {
        open(tag, attributes)
        self.text(text)
        close(tag)
    }

    /// An element without content: `<input>`, `<br>`, or an empty `<span></span>`.
    package mutating func element(_ tag: Tag, _ attributes: Attribute?...) {
        open(tag, attributes)
        if !tag.isVoid { close(tag) }
    }

    /// A start tag; `close(_:)` must follow.
    package mutating func open(_ tag: Tag, _ attributes: [Attribute?] = []) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: tag.rawValue.utf8)
        for case let attribute? in attributes { attribute.append(to: &bytes) }
        bytes.append(UInt8(ascii: ">"))
    }

    package mutating func close(_ tag: Tag) {
        bytes.append(contentsOf: "</".utf8)
        bytes.append(contentsOf: tag.rawValue.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    /// A script of ours. Its content is never written inline: the policy forbids it.
    package mutating func script(_ source: Link, isModule: Bool) {
        markup(isModule ? "<script type=\"module\"" : "<script")
        Attribute.src(source).append(to: &bytes)
        markup("></script>")
    }
}
