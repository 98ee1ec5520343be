/// The value of every option, and where it came from.
package struct OptionValues: Sendable {
    package struct Entry: Sendable {
        package let option: OptionDefinition
        /// Nil: unset and without a default.
        package let value: OptionValue?
        package let source: OptionSource

        /// Set by somebody, not the default.
        package var isSet: Bool { source != .unset }
    }

    private var entries: [String: Entry] = [:]

    subscript(_ name: String) -> Entry? {
        get { entries[name] }
        set { entries[name] = newValue }
    }

    /// All options in the order of the table.
    package var all: [Entry] { OptionTable.all.compactMap { entries[$0.name] } }

    package func source(of name: String) -> OptionSource { entries[name]?.source ?? .unset }

    func isSet(_ name: String) -> Bool { entries[name]?.isSet ?? false }

    /// A text that is not empty.
    func text(_ name: String) -> String? {
        guard case .text(let text)? = entries[name]?.value, !text.isEmpty else { return nil }
        return text
    }

    func flag(_ name: String) -> Bool {
        guard case .boolean(let flag)? = entries[name]?.value else { return false }
        return flag
    }

    func integer(_ name: String) -> Int? {
        guard case .integer(let number)? = entries[name]?.value else { return nil }
        return number
    }

    func number(_ name: String) -> Double? {
        guard case .number(let number)? = entries[name]?.value else { return nil }
        return number
    }

    func list(_ name: String) -> [String] {
        guard case .list(let items)? = entries[name]?.value else { return [] }
        return items
    }

    func records(_ name: String) -> [OptionRecord] {
        guard case .records(let records, _)? = entries[name]?.value else { return [] }
        return records
    }

    func numbers(_ name: String) -> [Double] {
        guard case .numbers(let numbers)? = entries[name]?.value else { return [] }
        return numbers
    }
}
