/// The elements that pages use. `script` and `style` are missing on purpose: their content does not follow the rules
/// that `HTML` escapes by.
package enum Tag: String, Sendable {
    case a, abbr, aside, b, bdi, body, br, button, caption, code, dd, details, dialog, div, dl, dt, em, fieldset, footer
    case form, h1, h2, h3, head, header, hr, html, i, img, input, kbd, label, legend, li, link, main, meta, meter, nav
    case noscript, ol, option, output, p, pre, search, section, select, small, span, strong, summary, table, tbody, td
    case template, tfoot, th, thead, time, title, tr, ul

    var isVoid: Bool {
        switch self {
        case .br, .hr, .img, .input, .link, .meta: true
        default: false
        }
    }
}
