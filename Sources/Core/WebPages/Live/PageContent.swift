import PageKit

/// What a page shows, written once and used twice: whole in the document, and part by part to find what changed.
struct PageContent: Sendable {
    /// A part that is replaced as a whole.
    struct Region: Sendable, Equatable {
        let id: String
        let html: HTML
    }

    /// Rows that have keys: they change cell by cell, and come, go and move as rows.
    struct List: Sendable, Equatable {
        let id: String
        var rows: [Row]
    }

    struct Row: Sendable, Equatable {
        let key: String
        let attributes: [Attribute]
        let cells: [Cell]

        func append(to html: inout HTML) {
            html.open(.tr, [.data("key", key)] + attributes)
            for cell in cells {
                html.open(.td, cell.attributes)
                html.append(cell.html)
                html.close(.td)
            }
            html.close(.tr)
        }
    }

    struct Cell: Sendable, Equatable {
        let attributes: [Attribute]
        let html: HTML

        /// `label` names the column where the table is shown as cards.
        init(_ style: String, label: String? = nil, content: (inout HTML) -> Void) {
            attributes = [.class(style)] + (label.map { [.data("label", $0)] } ?? [])
            html = HTML(content)
        }
    }

    var status = 200
    var title: String
    var section: PageShell.Section?
    /// A watched page whose kind changes (an unknown task becomes known) is loaded again.
    var kind: String
    private(set) var html = HTML()
    private(set) var regions: [Region] = []
    private(set) var lists: [List] = []

    init(title: String, section: PageShell.Section?, kind: String) {
        self.title = title
        self.section = section
        self.kind = kind
    }

    /// Markup that never changes while the page is open.
    mutating func still(_ content: (inout HTML) -> Void) { content(&html) }

    /// An element with parts that change.
    mutating func element(_ tag: Tag, _ attributes: Attribute?..., content: (inout PageContent) -> Void) {
        html.open(tag, attributes)
        content(&self)
        html.close(tag)
    }

    /// An element whose content changes.
    mutating func region(_ id: String, _ tag: Tag, _ attributes: Attribute?..., content: (inout HTML) -> Void) {
        let inner = HTML(content)
        regions.append(Region(id: id, html: inner))
        html.open(tag, [.data("region", id)] + attributes)
        html.append(inner)
        html.close(tag)
    }

    /// A `tbody` whose rows change.
    mutating func rows(_ id: String, _ rows: [Row]) {
        lists.append(List(id: id, rows: rows))
        html.open(.tbody, [.data("list", id)])
        for row in rows { row.append(to: &html) }
        html.close(.tbody)
    }
}
