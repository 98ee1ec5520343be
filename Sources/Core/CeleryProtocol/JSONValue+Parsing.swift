/// What a JSON text may cost at most.
package struct JSONLimits: Sendable {
    /// Bytes of the text.
    package var bytes: Int
    /// Arrays and objects inside each other.
    package var depth: Int
    /// Values, keys not counted.
    package var values: Int

    package init(bytes: Int = 16 << 20, depth: Int = 128, values: Int = 1 << 20) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
    }
}

/// Why a text is not JSON, or more of it than is bearable.
package struct JSONParseError: Error, Sendable, Equatable, CustomStringConvertible {
    package let reason: String
    /// Bytes from the start.
    package let offset: Int
    package var description: String { "\(reason) at byte \(offset)" }
}

extension JSONValue {
    /// Parses JSON as Python's `json` writes and reads it: `NaN`, `Infinity`, `-Infinity` and integers of any size are
    /// values, raw control characters may stand in strings, the last of equal keys wins. Lone surrogates and bytes that
    /// are not UTF-8 become U+FFFD.
    package init(
        parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()
    ) throws(JSONParseError) {
        guard bytes.count <= limits.bytes else {
            throw JSONParseError(reason: "the text is larger than \(limits.bytes) bytes", offset: 0)
        }
        var parser = JSONParser(bytes: bytes, limits: limits)
        self = try parser.parseText()
    }

    package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONParseError) {
        let result: Result<JSONValue, JSONParseError> = bytes.withUnsafeBytes { buffer in
            do throws(JSONParseError) {
                return .success(try JSONValue(parsing: buffer, limits: limits))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONParseError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }
}
