import OutboundHTTP
import Testing

@Suite("Origins of outbound requests")
struct OutboundOriginTests {
    @Test(
        "Scheme, host and port are what a connection would be made to",
        arguments: [
            ("https://github.com/login", "https://github.com:443"),
            ("HTTPS://GitHub.COM", "https://github.com:443"),
            ("http://127.0.0.1:8080/x?y#z", "http://127.0.0.1:8080"),
            ("https://[::1]:8443/", "https://[::1]:8443"),
            ("https://api.github.com:443/user", "https://api.github.com:443"),
        ])
    func parsed(url: String, expected: String) {
        #expect(OutboundOrigin(url)?.description == expected)
    }

    @Test(
        "What is no plain http or https URL has no origin",
        arguments: [
            "", "github.com", "/login", "//github.com/", "ftp://github.com/", "file:///etc/passwd",
            "https://user@github.com/", "https://user:pw@github.com/", "https://github.com:99999/",
            "https://git hub.com/", "https://github.com/\r\nX: y", "javascript:alert(1)",
            "https://b\u{fc}cher.example/",
        ])
    func refused(url: String) {
        #expect(OutboundOrigin(url) == nil)
    }
}
