/// Reads the fields of one request in one pass: names, values, repetitions, framing.
struct FieldReading {
    private(set) var fields = InspectedFields()
    private(set) var host: String?
    private(set) var hasUpgrade = false
    private(set) var asksForWebSocket = false
    private(set) var hasEarlyData = false
    private var contentLength: Int?
    private var isChunked = false
    private let fieldSize: Int

    init(fieldSize: Int) {
        self.fieldSize = fieldSize
        fields.forwarded.reserveCapacity(8)
    }

    /// `value` may still have the blanks behind it that are not part of it (RFC 9110, section 5.5).
    mutating func read(name: String, value: String) throws(Refusal) {
        var value = value
        while let last = value.utf8.last, last == 0x20 || last == 0x09 {
            value = String(Substring(value.utf8.dropLast()))
        }
        guard let field = RequestField.classify(name) else {
            throw Refusal(400, .field, "A field name is not a token, or has an underscore.")
        }
        guard name.utf8.count + value.utf8.count <= fieldSize else {
            throw Refusal(431, .tooLarge, "A field is longer than \(fieldSize) bytes.")
        }
        var hasControl = false
        for byte in value.utf8 where byte.isControl && byte != 0x09 { hasControl = true }
        if hasControl { throw Refusal(400, .field, "A field value has a control byte.") }

        if let forwardedName = field.forwardedName {
            if field == .contentType, fields.contentType != nil { throw Self.repeated }
            fields.forwarded.append((forwardedName, value))
        }
        switch field {
        case .accept: fields.accept = fields.accept.map { "\($0), \(value)" } ?? value
        case .acceptEncoding: fields.acceptEncoding = value
        case .authorization: try Self.once(&fields.authorization, value)
        case .contentLength: try readContentLength(value)
        case .contentType: fields.contentType = value
        case .cookie: fields.cookies.append(value)
        case .csrfToken: try Self.once(&fields.csrfToken, value)
        case .earlyData: hasEarlyData = true
        case .expect:
            guard value.equalsFoldingASCII("100-continue") else {
                throw Refusal(417, .expectation, "Only 100-continue can be expected.")
            }
            fields.expectsContinue = true
        case .host: try Self.once(&host, value)
        case .ifNoneMatch: fields.ifNoneMatch = value
        case .origin: try Self.once(&fields.origin, value)
        case .secFetchMode: try Self.once(&fields.secFetchMode, value)
        case .secFetchSite: try Self.once(&fields.secFetchSite, value)
        case .transferEncoding:
            guard !isChunked, value.equalsFoldingASCII("chunked") else {
                throw Refusal(400, .framing, "Only one transfer coding is understood: chunked.")
            }
            isChunked = true
        case .upgrade:
            hasUpgrade = true
            if value.lowercased().contains("websocket") { asksForWebSocket = true }
        case .userAgent: fields.userAgent = value
        case .xForwardedFor: fields.forwardedFor.append(value)
        case .xForwardedHost: fields.forwardedHost = value
        case .xForwardedProto: fields.forwardedProto = value
        case .acceptLanguage, .cacheControl, .connection, .ifMatch, .ifModifiedSince, .ifRange, .lastEventID,
            .proxyAuthorization, .range, .other:
            break
        }
    }

    /// RFC 9112, section 6: one way to tell where the body ends, or none at all.
    func framing(isHTTP10: Bool, isHTTP2: Bool, bodySize: Int) throws(Refusal) -> BodyFraming {
        if isChunked {
            guard contentLength == nil, !isHTTP10 else {
                throw Refusal(400, .framing, "The end of the body is not certain.")
            }
            return .chunked
        }
        guard let contentLength else { return .none }
        guard contentLength <= bodySize else {
            throw Refusal(413, .tooLarge, "The body is longer than \(bodySize) bytes.")
        }
        return .length(contentLength)
    }

    private mutating func readContentLength(_ value: String) throws(Refusal) {
        guard contentLength == nil else { throw Refusal(400, .framing, "Content-Length must not be repeated.") }
        let digits = value.utf8
        guard (1...18).contains(digits.count), digits.allSatisfy(\.isDigitASCII), let length = Int(value) else {
            throw Refusal(400, .framing, "Content-Length is not a number.")
        }
        contentLength = length
    }

    private static let repeated = Refusal(400, .field, "A field that may stand once is repeated.")

    private static func once(_ slot: inout String?, _ value: String) throws(Refusal) {
        guard slot == nil else { throw repeated }
        slot = value
    }
}
