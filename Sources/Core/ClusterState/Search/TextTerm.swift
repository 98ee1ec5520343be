/// The part of a search term that looks into the texts of tasks.
struct TextTerm: Sendable {
    private enum Test: Sendable {
        case needle(SearchNeedle)
        case keyword(KeywordNeedle)
    }

    private let test: Test
    /// A bit for the tag of each field that is looked into.
    private let tags: UInt32
    /// ASCII words of which a text that matches must hold one, unless it holds more than ASCII; none means that every
    /// text has to be tested.
    let words: [SearchNeedle]
    /// A text that holds a word matches.
    let wordDecides: Bool
    /// Texts of nothing but ASCII cannot match.
    let needsWide: Bool

    /// nil when the term looks into no texts.
    init?(_ term: SearchTerm) {
        switch term {
        case .contains(let needle, let field):
            switch field {
            case nil: tags = TextTerm.tags([.args, .kwargs, .result])
            case .args: tags = TextTerm.tags([.args])
            case .kwargs: tags = TextTerm.tags([.kwargs])
            case .result: tags = TextTerm.tags([.result])
            case .error: tags = TextTerm.tags([.exception, .traceback])
            case .name, .state, .worker, .queue: return nil
            }
            test = .needle(needle)
            words = needle.isASCII ? [needle] : []
            wordDecides = true
            needsWide = !needle.isASCII
        case .keyword(let needle):
            tags = TextTerm.tags([.kwargs])
            test = .keyword(needle)
            // Behind a backslash any letter may hide.
            words = needle.key.map { [$0, SearchNeedle("\\")] } ?? []
            wordDecides = false
            needsWide = false
        case .state, .id, .range: return nil
        }
    }

    private static func tags(_ fields: [TextField]) -> UInt32 { fields.reduce(0) { $0 | 1 << $1.rawValue } }

    @inline(__always)
    func looks(in tag: UInt32) -> Bool { tags & 1 << tag != 0 }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        switch test {
        case .needle(let needle): needle.isIn(text)
        case .keyword(let needle): needle.isIn(text)
        }
    }

    /// The same for a text of which `words` are known not to be in it, and that holds more than ASCII. `folded` is its
    /// folded form, made when it is empty.
    func matchesWide(_ text: UnsafeRawBufferPointer, folded: inout [UInt8]) -> Bool {
        switch test {
        case .keyword(let needle): return needle.isIn(text)
        case .needle(let needle):
            guard needle.mustFold(text) else { return false }
            if folded.isEmpty { CaseFolding.fold(text, into: &folded) }
            return folded.withUnsafeBytes { needle.place(in: $0) != nil }
        }
    }
}
