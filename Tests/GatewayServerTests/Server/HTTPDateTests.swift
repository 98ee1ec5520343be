import Testing

@testable import GatewayServer

@Test(
    "The date field has its fixed form",
    arguments: [(0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT")]
        as [(Int64, String)])
func httpDate(seconds: Int64, text: String) { #expect(HTTPDate.text(seconds) == text) }
