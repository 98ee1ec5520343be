/// One attribute. Addresses can only be set from a `Link`, so that no text from outside becomes a `javascript:` URL, and
/// event handlers and `style` cannot be set at all.
package struct Attribute: Sendable, Equatable {
    /// Attributes whose value is plain text to the browser.
    package enum Name: String, Sendable {
        case accept, accesskey, autocapitalize, autocomplete, charset, `class`, colspan, content, datetime, dir,
            enterkeyhint
        case `for`, height, high, id, inputmode, lang, low, max, maxlength, media, method, min, minlength, name, optimum
        case pattern, placeholder, rel, role, rowspan, scope, sizes, spellcheck, tabindex, target, title, type, value,
            width
    }

    /// Attributes that are there or not.
    package enum Flag: String, Sendable {
        case autofocus, checked, disabled, hidden, inert, multiple, open, readonly, required, selected
    }

    private let name: String
    private let value: String?

    private init(name: String, value: String?) {
        self.name = name
        self.value = value
    }

    package init(_ name: Name, _ value: String) { self.init(name: name.rawValue, value: value) }

    package static func flag(_ flag: Flag) -> Attribute { Attribute(name: flag.rawValue, value: nil) }
    package static func `class`(_ names: String) -> Attribute { Attribute(.class, names) }
    package static func id(_ id: String) -> Attribute { Attribute(.id, id) }
    package static func type(_ type: String) -> Attribute { Attribute(.type, type) }
    package static func name(_ name: String) -> Attribute { Attribute(.name, name) }
    package static func value(_ value: String) -> Attribute { Attribute(.value, value) }
    package static func title(_ title: String) -> Attribute { Attribute(.title, title) }
    package static func scope(_ scope: String) -> Attribute { Attribute(.scope, scope) }

    package static func href(_ link: Link) -> Attribute { Attribute(name: "href", value: link.text) }
    package static func src(_ link: Link) -> Attribute { Attribute(name: "src", value: link.text) }
    package static func action(_ link: Link) -> Attribute { Attribute(name: "action", value: link.text) }

    /// `aria-NAME`.
    package static func aria(_ name: StaticString, _ value: String) -> Attribute {
        Attribute(name: "aria-\(name)", value: value)
    }

    /// `data-NAME`.
    package static func data(_ name: StaticString, _ value: String) -> Attribute {
        Attribute(name: "data-\(name)", value: value)
    }

    /// `data-NAME` without a value.
    package static func data(_ name: StaticString) -> Attribute { Attribute(name: "data-\(name)", value: nil) }

    func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: name.utf8)
        guard let value else { return }
        bytes.append(contentsOf: "=\"".utf8)
        HTMLEscaping.append(value, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}
