import Glibc
import Logging
import Testing

@testable import calyx

@Suite struct LineLogHandlerTests {
    /// What a logger with this handler writes into a pipe.
    private func written(isJSON: Bool, _ log: (Logger) -> Void) throws -> String {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let writer = LogWriter(descriptor: ends[1])
        var logger = Logger(label: "test") { label in
            LineLogHandler(label: label, level: .info, isJSON: isJSON, writer: writer)
        }
        logger[metadataKey: "always"] = "1"
        log(logger)
        writer.flush()
        close(ends[1])
        defer { close(ends[0]) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = bytes.withUnsafeMutableBytes { read(ends[0], $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    @Test("A record is one readable line") func text() throws {
        let text = try written(isJSON: false) {
            $0.warning("two\nlines", metadata: ["path": "/a b"])
            $0.debug("not kept")
        }
        #expect(text.hasSuffix("Z WARNING test: two\\nlines always=1 path=\"/a b\"\n"))
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test("A record is one JSON object whose own fields cannot be replaced") func json() throws {
        let text = try written(isJSON: true) { $0.info("hello", metadata: ["level": "forged", "x": "\"y\""]) }
        #expect(
            text.hasSuffix(
                "\"level\":\"info\",\"logger\":\"test\",\"message\":\"hello\",\"always\":\"1\",\"x\":\"\\\"y\\\"\"}\n"))
    }
}
