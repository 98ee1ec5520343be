import PageKit

enum SortDirection: String {
    case ascending, descending
}

extension HTML {
    /// One figure of a summary.
    mutating func tile(_ label: String, _ value: String, note: String, style: String = "", link: Link) {
        element(.a, .class("tile \(style)"), .href(link)) { html in
            html.element(.span, .class("tile-label"), text: label)
            html.element(.span, .class("tile-value")) { html in
                html.element(.strong, text: value)
                html.element(.span, .class("tile-note"), text: note)
            }
        }
    }

    /// A column's heading that sorts by it.
    mutating func sortHeader(_ title: String, style: String, direction: SortDirection?, link: Link) {
        element(.th, .class(style), .scope("col"), direction.map { .aria("sort", $0.rawValue) }) { html in
            html.element(.a, .href(link), text: title)
        }
    }

    /// Which part of a list is shown, and the way to the others.
    mutating func paging(page: Int, perPage: Int, matched: Int, noun: String, link: (Int) -> Link) {
        let first = matched == 0 ? 0 : min((page - 1) * perPage + 1, matched)
        let last = min(page * perPage, matched)
        let pages = max(1, (matched + perPage - 1) / perPage)
        element(.span, .class("count")) { html in
            if pages == 1 {
                html.text(Amounts.counted(matched, noun))
            } else {
                html.text("\(Amounts.count(first))–\(Amounts.count(last)) of \(Amounts.counted(matched, noun))")
            }
        }
        guard pages > 1 else { return }
        element(.span, .class("steps")) { html in
            html.step("First", page > 1 ? link(1) : nil, relation: nil)
            html.step("Previous", page > 1 ? link(min(page - 1, pages)) : nil, relation: "prev")
            html.element(.span, .class("here"), text: "Page \(Amounts.count(page)) of \(Amounts.count(pages))")
            html.step("Next", page < pages ? link(page + 1) : nil, relation: "next")
            html.step("Last", page < pages ? link(pages) : nil, relation: nil)
        }
    }

    private mutating func step(_ word: String, _ link: Link?, relation: String?) {
        if let link {
            element(.a, .class("button"), .href(link), relation.map { .init(.rel, $0) }, text: word)
        } else {
            element(.span, .class("button"), .aria("disabled", "true"), text: word)
        }
    }
}
