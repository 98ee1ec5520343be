import PageKit

/// What changed between two contents of one page, as operations for `patch.js`:
///
/// - `["r", region, html]`: a region's new content
/// - `["c", list, key, cell, html]`: a cell's new content
/// - `["w", list, key, html]`: a row, new or replaced
/// - `["o", list, [key…]]`: the rows that the list has now, in order
/// - `["d", list, key]`: a row that no more changes are sent for
struct LivePatch {
    private var json = JSONText()
    private(set) var isEmpty = true

    /// The operations as JSON members of an array.
    func finished() -> [UInt8] { json.bytes }

    mutating func region(_ region: PageContent.Region) {
        operation("r") {
            $0.string(region.id)
            $0.string(region.html.bytes)
        }
    }

    mutating func cell(_ list: String, _ key: String, _ index: Int, _ html: HTML) {
        operation("c") {
            $0.string(list)
            $0.string(key)
            $0.number(index)
            $0.string(html.bytes)
        }
    }

    mutating func row(_ list: String, _ row: PageContent.Row) {
        var html = HTML()
        row.append(to: &html)
        operation("w") {
            $0.string(list)
            $0.string(row.key)
            $0.string(html.bytes)
        }
    }

    mutating func order(_ list: String, _ keys: [String]) {
        operation("o") {
            $0.string(list)
            $0.array { for key in keys { $0.string(key) } }
        }
    }

    mutating func forget(_ list: String, _ key: String) {
        operation("d") {
            $0.string(list)
            $0.string(key)
        }
    }

    /// A row that was `old`: only the cells that differ, or all of it when its own attributes changed.
    mutating func change(_ list: String, from old: PageContent.Row, to new: PageContent.Row) {
        guard old != new else { return }
        guard old.attributes == new.attributes, old.cells.count == new.cells.count,
            zip(old.cells, new.cells).allSatisfy({ $0.attributes == $1.attributes })
        else {
            row(list, new)
            return
        }
        for (index, (before, after)) in zip(old.cells, new.cells).enumerated() where before.html != after.html {
            cell(list, new.key, index, after.html)
        }
    }

    private mutating func operation(_ name: StaticString, _ content: (inout JSONText) -> Void) {
        isEmpty = false
        json.array {
            $0.string("\(name)")
            content(&$0)
        }
    }
}
