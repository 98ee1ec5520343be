import PageKit

/// A page that says what went wrong and where to go.
enum ErrorPage {
    static func content(status: Int, message: String, links: Links) -> PageContent {
        var page = PageContent(title: title(status), section: nil, kind: "error")
        page.status = status
        page.still { html in
            html.element(.section, .class("empty")) { html in
                html.element(.p, .class("status-code"), text: String(status))
                html.element(.h1, text: title(status))
                html.element(.p, text: message)
                html.element(.p, .class("actions")) { html in
                    if !links.hidesWorkers {
                        html.element(.a, .class("button"), .href(links.page("/workers")), text: "Workers")
                    }
                    html.element(.a, .class("button"), .href(links.page("/tasks")), text: "Tasks")
                    html.element(.a, .class("button"), .href(links.page("/queues")), text: "Queues")
                }
            }
        }
        return page
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 400: "This address cannot be read"
        case 401: "Sign in first"
        case 403: "Not allowed"
        case 404: "No such page"
        case 405: "Not done this way"
        case 429: "Too many requests"
        case 503: "Not available right now"
        default: status >= 500 ? "Something went wrong here" : "This did not work"
        }
    }
}
