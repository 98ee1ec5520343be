/// One list as a viewer has it: the rows on the page now, and those that left it but may still be on the screen, because
/// a page does not move rows under a pointer.
struct LiveRows: Sendable {
    /// A viewer who keeps the list still long enough sees older rows marked as such.
    static let maximumHeld = 200

    let id: String
    private var order: [String] = []
    private var rows: [String: PageContent.Row] = [:]
    /// Keys that left the list, oldest first.
    private(set) var held: [String] = []

    init(_ list: PageContent.List) {
        id = list.id
        order = list.rows.map(\.key)
        for row in list.rows { rows[row.key] = row }
    }

    /// Takes the list's new rows and the newest form of the held ones; adds what changed to `patch`.
    mutating func take(_ list: PageContent.List, held current: [PageContent.Row], into patch: inout LivePatch) {
        let keys = list.rows.map(\.key)
        let shown = Set(keys)
        for row in list.rows + current.filter({ !shown.contains($0.key) }) {
            if let old = rows.updateValue(row, forKey: row.key) {
                patch.change(id, from: old, to: row)
            } else {
                patch.row(id, row)
            }
        }
        guard keys != order else { return }
        patch.order(id, keys)
        held.removeAll { shown.contains($0) }
        held += order.filter { !shown.contains($0) }
        order = keys
        while held.count > Self.maximumHeld {
            let key = held.removeFirst()
            rows[key] = nil
            patch.forget(id, key)
        }
    }
}
