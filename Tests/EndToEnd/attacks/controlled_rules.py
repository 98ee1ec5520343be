"""Where the gateway's rules stand in its sources, and how each is switched off in a copy of them.

Each change is what stands in the file exactly once, and what stands there in the copy. A rule has the name that its
changes give to `Removed.rule`.
"""

import pathlib
import re

GATEWAY = pathlib.Path("Sources/Gateway/GatewayServer")

SWITCH = """import Glibc

/// The rule that this program lacks.
enum Removed {
    private static let name = getenv("CALYX_REMOVED_RULE").map { String(cString: $0) } ?? ""

    static func rule(_ name: String) -> Bool { name == self.name }
}
"""

REFUSED_BY_THE_DECODER = frozenset({
    "bare carriage returns", "chunk sizes", "Content-Length in digits", "control bytes", "folded lines", "line endings",
    "one Content-Length"})
"""What the HTTP decoder refuses as well, so that no entry can notice that the gateway's own rule is gone; the unit tests of
guard and framing meter prove these."""


def off(rule: str) -> str:
    return f'Removed.rule("{rule}")'


def unless(rule: str, *conditions: str) -> list[tuple[str, str]]:
    """`if CONDITION {` whose condition never holds without the rule."""
    return [(f"if {text} {{", f"if !{off(rule)}, {text} {{") for text in conditions]


def excused(rule: str, *conditions: str) -> list[tuple[str, str]]:
    """`guard CONDITION else` that always passes without the rule."""
    return [(f"guard {text} else", f"guard {off(rule)} || {text} else") for text in conditions]


CHANGES: dict[str, list[tuple[str, str]]] = {
    "Guard/CanonicalPath.swift": [
        *unless("encoded slash", "decoded == slash"),
        *unless("encoded backslash", 'decoded == UInt8(ascii: "\\\\")'),
        *unless("escaped control bytes", "decoded.isControl"),
        *unless("dot segments", "onlyDots, dots == 1 || dots == 2"),
        *unless("dot segments with parameters", 'byte == UInt8(ascii: ";")'),
        *unless("empty segments", "length == 0, !isLast"),
        *excused("bytes of the path", "plain.contains(byte)"),
        ("else { throw .malformedEscape }",
         f"""else {{
                guard {off("escapes of two digits")} else {{ throw .malformedEscape }}
                segment.append(byte)
                output?.append(byte)
                index += 1
                continue
            }}"""),
        ("try escapedUTF8.append(decoded)", f'if !{off("UTF-8 in the path")} {{ try escapedUTF8.append(decoded) }}'),
        ("if unreserved.contains(decoded) {", f'if unreserved.contains(decoded) || {off("one decoding")} && decoded == percent {{'),
    ],
    "Guard/PathPrefix.swift": [
        ('if rest.first == UInt8(ascii: "/") { return .inside(String(Substring(rest))) }',
         'if rest.first == UInt8(ascii: "/") { return .inside(String(Substring(rest))) }\n'
         f'            if {off("prefix at a segment boundary")} {{ return .inside("/" + String(Substring(rest)).drop {{ $0 == "." || $0 == "/" }}) }}'),
    ],
    "Guard/RequestGuard.swift": [
        ("guard let method = RequestMethod(head.method) else",
         f'guard let method = RequestMethod(head.method) ?? ({off("method list")} ? .get : nil) else'),
        *excused("size of a target", "uri.utf8.count <= targetSize"),
        *excused("number of fields", "head.headers.count <= fieldCount"),
        ("path = try CanonicalPath(uri[..<(question ?? uri.endIndex)])",
         f"""let form = uri[..<(question ?? uri.endIndex)]
            let isForeign = {off("origin form")} && form.hasPrefix("http://")
            path = try CanonicalPath(isForeign ? form.dropFirst(7).drop {{ $0 != "/" }} : form)"""),
        ("guard let value = reading.host, let host = HostField(value) else",
         f'guard let value = reading.host ?? ({off("a Host")} ? "a" : nil), let host = HostField(value) else'),
        ("guard hosts.serves(host) else", f'guard {off("a Host")} || {off("known hosts")} || {off("bytes of a Host")} || hosts.serves(host) else'),
        ("if reading.hasUpgrade, framing.hasBody || reading.asksForWebSocket {",
         f'if !{off("upgrades")}, reading.hasUpgrade, framing.hasBody || reading.asksForWebSocket {{'),
        ("if section.hasEarlyData, !method.isSafe {", f'if !{off("early data")}, section.hasEarlyData, !method.isSafe {{'),
    ],
    "Guard/HostField.swift": excused("bytes of a Host", "Self.nameBytes.contains(byte)"),
    "Guard/RequestField.swift": [
        ("let token = token\n", f'let token = {off("names without _")} ? loose : token\n'),
        ("    /// RFC 9110's `tchar` without `_`.\n",
         "    private static let loose = ByteSet(\n"
         "        \"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~\")\n"
         "    /// RFC 9110's `tchar` without `_`.\n"),
    ],
    "Guard/FieldReading.swift": [
        ("if let forwardedName = field.forwardedName {",
         f"""let isPassedOn = {off("allow-list of fields")} && field == .other || {off("names without _")} && name.contains("_")
            || {off("credentials stay here")} && (field == .cookie || field == .authorization)
        if let forwardedName = field.forwardedName ?? (isPassedOn ? name : nil) {{"""),
        ("case .host: try Self.once(&host, value)", f'case .host: if host == nil || !{off("one Host")} {{ try Self.once(&host, value) }}'),
        ("case .authorization: try Self.once(&fields.authorization, value)",
         f'case .authorization:\n            if {off("one Authorization")} {{ fields.authorization = nil }}\n'
         "            try Self.once(&fields.authorization, value)"),
        *excused("expectations", 'value.equalsFoldingASCII("100-continue")'),
        ("guard !isChunked, value.equalsFoldingASCII(\"chunked\") else {",
         f'guard {off("only chunked")} || !isChunked && value.equalsFoldingASCII("chunked") else {{'),
        ("guard contentLength == nil, !isHTTP10 else {",
         f'guard {off("Content-Length or Transfer-Encoding")} || contentLength == nil && !isHTTP10 else {{'),
        ("guard contentLength == nil else { throw", f'guard {off("one Content-Length")} || contentLength == nil else {{ throw'),
        ("guard (1...18).contains(digits.count), digits.allSatisfy(\\.isDigitASCII), let length = Int(value) else",
         f"""let isLoose = {off("Content-Length in digits")}
        guard isLoose || (1...18).contains(digits.count) && digits.allSatisfy(\\.isDigitASCII),
            let length = Int(value) ?? (isLoose ? 0 : nil)
        else"""),
        *excused("size of a field", "name.utf8.count + value.utf8.count <= fieldSize"),
        ("for byte in value.utf8 where byte.isControl", f'for byte in value.utf8 where !{off("control bytes")} && byte.isControl'),
    ],
    "Edge/FramingMeter.swift": [
        ("case 0x0a: throw .lineEnding",
         f"""case 0x0a:
                guard {off("line endings")} else {{ throw .lineEnding }}
                if lineLength == 0 {{
                    headLength += index + 1
                    return .headComplete(index + 1)
                }}
                lines += 1
                lineLength = 0"""),
        ("guard byte == 0x0a else { throw .lineEnding }\n                previousIsCR = false",
         f"""if byte != 0x0a {{
                    guard {off("bare carriage returns")} else {{ throw .lineEnding }}
                    previousIsCR = false
                    lineLength += 1
                    continue
                }}
                previousIsCR = false"""),
        ("if lineLength == 0 { throw .foldedLine }\n                    if lines", f'if lineLength == 0, !{off("folded lines")} {{ throw .foldedLine }}\n                    if lines'),
        ("default: throw .controlByte", f'default:\n                guard {off("control bytes")} else {{ throw .controlByte }}\n                lineLength += 1'),
        ("default: throw .chunkSize\n", f'default: if !{off("chunk sizes")} {{ throw .chunkSize }}\n'),
        ("guard !byte.isControl || byte == 0x09, extensionLength <= limits.chunkExtensionSize,",
         f'guard {off("size of chunk extensions")} || !byte.isControl || byte == 0x09,\n'
         f'                    {off("size of chunk extensions")} || extensionLength <= limits.chunkExtensionSize,'),
        ("guard length <= limits.fieldSize + 2 else", f'guard {off("size of a field")} || length <= limits.fieldSize + 2 else'),
        ("guard length <= limits.targetSize + 32 else", f'guard {off("size of a target")} || length <= limits.targetSize + 32 else'),
        ("guard blanks == 2 else", f'guard {off("one blank each in the request line")} || blanks == 2 else'),
        ("guard lines <= limits.fieldCount + 1 else", f'guard {off("number of fields")} || lines <= limits.fieldCount + 1 else'),
        ("guard headLength <= limits.headSize else { throw lines == 0", f'guard {off("size of a head")} || headLength <= limits.headSize else {{ throw lines == 0'),
        ("guard headLength <= limits.headSize else { throw .headTooLarge }", f'guard {off("size of a head")} || headLength <= limits.headSize else {{ throw .headTooLarge }}'),
    ],
    "Request/RequestHandler.swift": [
        ("if trailers.contains(where:", f'if !{off("trailers")}, trailers.contains(where:'),
        ("} catch {\n            exchange.mayContinue = false\n",
         f"""}} catch {{
            exchange.mayContinue = {off("errors end the connection")}
            if exchange.mayContinue {{ gate?.expect(.none) }}
"""),
        ("exchange.isRequestComplete = isHTTP2", f'exchange.isRequestComplete = isHTTP2 || {off("errors end the connection")}'),
        ("exchange.log.path = request.path.value", f'exchange.log.path = request.path.value + ({off("queries stay out of the log")} ? request.query ?? "" : "")'),
    ],
    "Request/RequestHandler+Answer.swift": [
        ("if answer.closes || hasUnreadBody { exchange.mayContinue = false }",
         f'if (answer.closes || hasUnreadBody) && !{off("errors end the connection")} {{ exchange.mayContinue = false }}'),
        ("exchange = Exchange()\n",
         f'let caller = exchange.caller\n            exchange = Exchange()\n            if {off("each request on its own")} {{ exchange.caller = caller }}\n'),
    ],
    "Request/RequestHandler+Decide.swift": [
        ("case .nobody: nobody(request, view)\n        }\n    }",
         f"""case .nobody:
            let anybody = Caller(principal: .anonymous, proof: .anonymous)
            if let caller = exchange.caller ?? ({off("sign-in")} ? anybody : nil) {{ admit(caller, request, view) }} else {{ nobody(request, view) }}
        }}
    }}"""),
    ],
    "Request/RequestHandler+Forward.swift": [
        ('if !isStatic { fields.append(("cache-control", "no-store")) }',
         f'if !isStatic, !{off("nothing is stored")} {{ fields.append(("cache-control", "no-store")) }}'),
    ],
    "Request/SecurityFields.swift": [
        ('fields.append(("x-content-type-options", "nosniff"))',
         f'if !{off("protective fields")} {{ fields.append(("x-content-type-options", "nosniff")) }}'),
    ],
    "Forward/CoreFields.swift": [
        ('among(name, "connection", "keep-alive", "set-cookie", "x-sendfile")',
         f'{off("cookies of the core")} ? .kept : among(name, "connection", "keep-alive", "set-cookie", "x-sendfile")'),
    ],
    "Identify/CookieFields.swift": [
        ("guard found == nil else { return .several }", f'if found != nil, !{off("one session cookie")} {{ return .several }}'),
        ("let pair = pair.drop { $0 == 0x20 || $0 == 0x09 }", f'let pair = pair.drop {{ $0 == 0x20 || $0 == 0x09 || {off("names of cookies")} && $0 == UInt8(ascii: "=") }}'),
    ],
    "Identify/ForwardedFields.swift": [
        ("guard peer.isTrustedProxy, !fields.isEmpty else", f'guard peer.isTrustedProxy || {off("who is a proxy")}, !fields.isEmpty else'),
    ],
    "Identify/CrossSitePolicy.swift": [
        *excused("origin of sessions", "isOwn(origin: origin, secFetchSite: secFetchSite, ownOrigin: ownOrigin)"),
        ("guard let token else { return .tokenMissing }", f'if {off("token of sessions")} {{ return .allowed }}\n            guard let token else {{ return .tokenMissing }}'),
        ("if let origin, !same(origin, ownOrigin) { return .foreignOrigin }\n            if let secFetchSite",
         f'if {off("origin of passwords")} {{ return .allowed }}\n            if let origin, !same(origin, ownOrigin) {{ return .foreignOrigin }}\n            if let secFetchSite'),
    ],
    "OwnPages/OwnPages+SignIn.swift": [
        ("guard !isForeign(request) else", f'guard {off("origin of sign-ins")} || !isForeign(request) else'),
        ("tokens.isForm(form.single(\"form_token\"), for: browser)", f'{off("token of sign-ins")} || tokens.isForm(form.single("form_token"), for: browser)'),
    ],
    "OwnPages/OwnPages+Provider.swift": [
        ("guard id == flow.provider, let provider", f'guard id == flow.provider || {off("a flow has one provider")}, let provider'),
    ],
    "OwnPages/ReturnTarget.swift": [
        ("guard let text, text.utf8.count <= Self.maximumLength else",
         f"""if let text, {off("return targets")} {{
            value = text
            return
        }}
        guard let text, text.utf8.count <= Self.maximumLength else"""),
    ],
    "OwnPages/OwnPages.swift": [
        ("func location(_ target: ReturnTarget) -> String { prefix.value + target.value }",
         f'func location(_ target: ReturnTarget) -> String {{ {off("return targets")} ? target.value : prefix.value + target.value }}'),
    ],
}


def rules() -> list[str]:
    found = {}
    for changes in CHANGES.values():
        for _, new in changes:
            found |= dict.fromkeys(re.findall(r'Removed\.rule\("([^"]*)"\)', new))
    return list(found)
