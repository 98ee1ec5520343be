/// `multipart/form-data` (RFC 7578) as scripts send plain fields with it; files are no parameters and are left out.
enum MultipartForm {
    /// The boundary that `contentType` names, or nil when it is another type.
    static func boundary(of contentType: String) -> [UInt8]? {
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        for part in contentType.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            guard pair.count == 2, pair[0].lowercased() == "boundary" else { continue }
            return Array(pair[1].filter { $0 != "\"" }.utf8)
        }
        return []
    }

    /// The fields in order; nil when the body is not as the boundary says, or a field is not UTF-8.
    static func pairs(_ body: [UInt8], boundary: [UInt8]) -> [(name: String, value: String)]? {
        guard !boundary.isEmpty else { return nil }
        let lineEnd = Array("\r\n".utf8), dashes = Array("--".utf8)
        let delimiter = dashes + boundary
        guard var rest = after(delimiter, in: body[...]) else { return nil }
        var pairs: [(name: String, value: String)] = []
        while !rest.starts(with: dashes) {
            guard pairs.count < FormDecoder.maximumPairs, rest.starts(with: lineEnd),
                let head = range(of: lineEnd + lineEnd, in: rest),
                let end = range(of: lineEnd + delimiter, in: rest[head.upperBound...]),
                let fields = String(validating: rest[..<head.lowerBound], as: UTF8.self)
            else { return nil }
            if let name = fieldName(fields) {
                guard let value = String(validating: rest[head.upperBound..<end.lowerBound], as: UTF8.self) else {
                    return nil
                }
                pairs.append((name, value))
            }
            rest = rest[end.upperBound...]
        }
        return pairs
    }

    /// The name in a part's `Content-Disposition`; nil for a file.
    private static func fieldName(_ head: String) -> String? {
        for line in head.split(whereSeparator: \.isNewline)
        where line.lowercased().hasPrefix("content-disposition:") && !line.contains("filename=") {
            for part in line.split(separator: ";").dropFirst() {
                let trimmed = part.drop { $0 == " " }
                if trimmed.hasPrefix("name=") { return trimmed.dropFirst(5).filter { $0 != "\"" } }
            }
        }
        return nil
    }

    private static func after(_ needle: [UInt8], in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        range(of: needle, in: text).map { text[$0.upperBound...] }
    }

    private static func range(of needle: [UInt8], in text: ArraySlice<UInt8>) -> Range<Int>? {
        guard text.count >= needle.count, let first = needle.first else { return nil }
        for start in text.startIndex...(text.endIndex - needle.count)
        where text[start] == first && text[start..<start + needle.count].elementsEqual(needle) {
            return start..<start + needle.count
        }
        return nil
    }
}
