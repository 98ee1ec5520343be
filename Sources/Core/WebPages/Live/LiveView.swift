internal import CeleryBroker
internal import ClusterState
import PageKit

/// One viewer's watch over one page: what was sent already, and what has to be sent to make the screen true again.
package struct LiveView: Sendable {
    private let page: any Page
    private let source: PageSource
    /// The mark of the content that the document itself carried, when the viewer named it.
    private let startMark: String?
    private var mark: PageMark?
    private var kind: String?
    private var regions: [String: HTML] = [:]
    private var lists: [LiveRows] = []
    private var status = LiveStatus()
    private var sequence: UInt64 = 0
    private var lastSent = -Double.infinity
    private var pace: LivePace

    init(page: any Page, source: PageSource, startMark: String?, pace: LivePace = LivePace()) {
        self.page = page
        self.source = source
        self.startMark = startMark
        self.pace = pace
    }

    /// Whole events for the stream when something changed since the last call, else nil; at most one `patch`.
    ///
    /// The first call always brings one, which tells the viewer that the stream works, and repeats the whole page unless
    /// the viewer's document is still true.
    package mutating func next() -> [UInt8]? {
        let now = source.now()
        page.opened(source)
        page.watched(source)
        let isFirst = mark == nil
        let newStatus = LiveStatus(source, now: now)
        let statusChanged = newStatus != status
        status = newStatus
        var patch = LivePatch()
        banners(&patch)
        let reload = update(&patch)
        guard isFirst || statusChanged || reload || !patch.isEmpty || now - lastSent >= 10 || now < lastSent else {
            return nil
        }
        lastSent = now
        sequence += 1
        var json = JSONText()
        json.object { json in
            json.key("now")
            json.number(Int(now * 1000))
            json.key("truth")
            json.string(status.state.rawValue)
            json.key("lag")
            json.number(status.lagSeconds)
            if reload {
                json.key("reload")
                json.number(1)
            }
        }
        return event(head: json.bytes, patch: patch)
    }

    /// Brings the memory up to date and `patch` with it; true when the page has become another one.
    private mutating func update(_ patch: inout LivePatch) -> Bool {
        let newMark = page.mark(source)
        guard newMark != mark, pace.allows(isFirst: mark == nil) else { return false }
        let isFirst = mark == nil
        let started = ContinuousClock.now
        let content = page.content(source)
        let matchesDocument = isFirst && startMark == PageStamp.text(for: newMark, content.kind)
        mark = newMark
        if let kind, kind != content.kind { return true }
        kind = content.kind
        if matchesDocument {
            remember(content)
        } else if isFirst {
            sendAll(content, &patch)
        } else {
            sendChanges(content, &patch)
        }
        pace.record(ContinuousClock.now - started)
        return false
    }

    private mutating func banners(_ patch: inout LivePatch) {
        let zone = PageContent.Region(id: "banners", html: HTML { Banners(source).append(to: &$0) })
        guard regions.updateValue(zone.html, forKey: zone.id) != zone.html else { return }
        patch.region(zone)
    }

    private mutating func remember(_ content: PageContent) {
        for region in content.regions { regions[region.id] = region.html }
        lists = content.lists.map(LiveRows.init)
    }

    private mutating func sendAll(_ content: PageContent, _ patch: inout LivePatch) {
        remember(content)
        for region in content.regions { patch.region(region) }
        for list in content.lists {
            for row in list.rows { patch.row(list.id, row) }
            patch.order(list.id, list.rows.map(\.key))
        }
    }

    private mutating func sendChanges(_ content: PageContent, _ patch: inout LivePatch) {
        for region in content.regions where regions.updateValue(region.html, forKey: region.id) != region.html {
            patch.region(region)
        }
        for list in content.lists {
            guard let index = lists.firstIndex(where: { $0.id == list.id }) else { continue }
            let held = page.rows(lists[index].held, of: list.id, source)
            lists[index].take(list, held: held, into: &patch)
        }
    }

    private func event(head: [UInt8], patch: LivePatch) -> [UInt8] {
        var bytes = Array("id: \(sequence)\nevent: patch\ndata: ".utf8)
        bytes.append(contentsOf: head.dropLast())
        bytes.append(contentsOf: ",\"ops\":[".utf8)
        bytes.append(contentsOf: patch.finished())
        bytes.append(contentsOf: "]}\n\n".utf8)
        return bytes
    }
}
