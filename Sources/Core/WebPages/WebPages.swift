package import CeleryBroker
package import ClusterState
package import History
internal import Identity
import PageKit

/// The core's pages: requests to documents, and watches over what documents show.
package struct WebPages: Sendable {
    private let source: PageSource

    /// `now` gives unix seconds.
    package init(
        cluster: Cluster, broker: any Broker, results: any ResultBackend,
        history: any TaskHistory = NoHistory(), instance: InstanceInfo,
        now: @escaping @Sendable () -> Double
    ) {
        source = PageSource(
            cluster: ClusterView(cluster), broker: broker, results: results, history: history, instance: instance,
            now: now)
    }

    /// The page at the request's path; nil when there is none.
    package func respond(to request: PageRequest) async -> PageResponse? {
        let source = source.limited(to: request.principal.scope)
        switch PageRoute(request) {
        case .page(let page):
            page.opened(source)
            await page.prepare(source)
            // First the mark: a change that comes in between is then sent by the stream, at worst once too often.
            let mark = page.mark(source)
            return document(page.content(source), for: request, mark: mark)
        case .redirect(let link): return PageResponse(status: 302, location: link.text)
        case nil: return nil
        }
    }

    /// A whole page that says what went wrong. `message` is one sentence for the person.
    package func errorPage(status: Int, message: String, for request: PageRequest) -> PageResponse {
        document(
            ErrorPage.content(status: status, message: message, links: request.links), for: request)
    }

    /// A watch over the page that `request` names; nil when nothing there changes.
    package func liveView(for request: PageRequest) async -> LiveView? {
        await liveView(for: request, pace: LivePace())
    }

    func liveView(for request: PageRequest, pace: LivePace) async -> LiveView? {
        guard source.instance.autoRefresh, case .page(let page)? = PageRoute(request) else { return nil }
        let source = source.limited(to: request.principal.scope)
        await page.prepare(source)
        return LiveView(
            page: page, source: source, startMark: request.parameter(PageRoute.stampParameter), pace: pace)
    }

    private func document(_ content: PageContent, for request: PageRequest, mark: PageMark? = nil) -> PageResponse {
        let links = request.links
        var shell = PageShell(
            links: links, title: content.title, section: content.section,
            person: PageShell.Person(
                name: request.principal.name, role: request.principal.role.rawValue,
                limit: request.principal.scope?.description),
            csrfToken: request.csrfToken, version: source.instance.version,
            clusterName: source.instance.clusterName, isReadOnly: source.instance.isReadOnly)
        if let mark { shell.stream = stream(of: content, mark: mark, for: request) }
        if content.status >= 400 { shell.requestID = request.requestID }
        var banners = PageContent(title: "", section: nil, kind: "")
        banners.region("banners", .div, .class("banners")) { Banners(source).append(to: &$0) }
        return PageResponse(status: content.status, body: shell.render(banners: banners.html, main: content.html))
    }

    private func stream(of content: PageContent, mark: PageMark, for request: PageRequest) -> PageShell.Stream? {
        guard source.instance.autoRefresh else { return nil }
        let stamp = (name: PageRoute.stampParameter, value: PageStamp.text(for: mark, content.kind))
        let page = Link(prefix: "", requestPath: request.path, query: request.query + [stamp])
        let asOf = UTCTime(source.now()).map { "as of \($0.second)" } ?? "a moment's picture"
        return PageShell.Stream(
            link: request.links.page("/live", query: [("page", page.text)]), asOf: asOf)
    }
}
