import Testing

@testable import GatewayServer

@Suite("Signed out")
struct SignOutPageTests {
    private func page(_ provider: String?, _ address: String?) -> String {
        String(
            decoding: SignOutPage.done(prefix: "/flower", provider: provider, providerAddress: address), as: UTF8.self)
    }

    @Test("The page says that the provider's session goes on, and where it ends")
    func provider() {
        let text = page("GitHub", "https://github.com/logout")
        #expect(text.contains("still signed in at GitHub"))
        #expect(text.contains("href=\"https://github.com/logout\""))
        #expect(text.contains("href=\"/flower/login\""))
    }

    @Test("Without a provider nothing is said of one")
    func password() { #expect(!page(nil, nil).contains("still signed in")) }

    @Test(
        "What is no address of a site becomes no link",
        arguments: ["javascript:alert(1)", "https://x.org/\"><script>", "//evil.example", "https://a b", ""])
    func hostile(address: String) {
        let text = page("X", address)
        #expect(!text.contains("Sign out at"))
        #expect(!text.contains("<script>"))
    }

    @Test(
        "Browsers are named so that people know them again",
        arguments: [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
                "Edge on Windows"
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone"
            ),
            ("curl/8.5", "curl"), ("", "Unknown browser"), ("something/1", "something/1"),
        ])
    func devices(agent: String, expected: String) { #expect(DeviceName.name(of: agent) == expected) }
}
