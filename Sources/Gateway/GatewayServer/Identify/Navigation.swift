/// Tells a browser that goes to a page from everything else that asks.
enum Navigation {
    static func isNavigation(method: RequestMethod, fields: InspectedFields) -> Bool {
        guard method == .get || method == .head, fields.authorization == nil, acceptsHTML(fields.accept) else {
            return false
        }
        return fields.secFetchMode?.equalsFoldingASCII("navigate") ?? true
    }

    /// A form that a browser sends and whose answer it shows.
    static func isForm(method: RequestMethod, fields: InspectedFields) -> Bool {
        method == .post && fields.authorization == nil && acceptsHTML(fields.accept)
            && (fields.secFetchMode?.equalsFoldingASCII("navigate") ?? false)
    }

    /// A script of a page. A Basic challenge would make the browser ask for a password over the page.
    static func isScript(_ fields: InspectedFields) -> Bool {
        guard let mode = fields.secFetchMode else { return false }
        return !mode.equalsFoldingASCII("navigate")
    }

    /// `text/html` is named; `*/*` alone is what programs send.
    static func acceptsHTML(_ accept: String?) -> Bool {
        guard let accept else { return false }
        return accept.split(separator: ",").contains { entry in
            let type = entry.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
            return type.equalsFoldingASCII("text/html") || type.equalsFoldingASCII("application/xhtml+xml")
        }
    }

    static func acceptsEventStream(_ accept: String?) -> Bool {
        accept.map { $0.utf8.starts(with: "text/event-stream".utf8) } ?? false
    }
}
