/// What stands before the content of every page: document type, title, style, theme.
enum PageHead {
    static func append(to html: inout HTML, title: String, assets: AssetLinks, scripts: Bool) {
        html.markup("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        html.markup("<meta name=\"color-scheme\" content=\"light dark\">")
        html.markup("<meta name=\"robots\" content=\"noindex\"><meta name=\"referrer\" content=\"same-origin\">")
        html.element(.title, text: "\(title) · Calyx")
        html.element(
            .link, .init(.rel, "icon"), .init(.sizes, "any"), .type("image/svg+xml"), .href(assets.link("favicon.svg")))
        html.element(.link, .init(.rel, "stylesheet"), .href(assets.link("calyx.css")))
        // Not a module: it runs before the first paint, so that a chosen theme never flashes.
        html.script(assets.link("theme.js"), isModule: false)
        if scripts { html.script(assets.link("calyx.js"), isModule: true) }
        html.markup("</head>")
    }
}
