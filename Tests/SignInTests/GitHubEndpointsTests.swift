import SignIn
import Testing

@Suite("GitHub's endpoints")
struct GitHubEndpointsTests {
    @Test(
        "Each kind of server has its own",
        arguments: [
            ("https://github.com", "https://github.com/login/oauth/access_token", "https://api.github.com"),
            ("github.com", "https://github.com/login/oauth/access_token", "https://api.github.com"),
            ("https://GitHub.com/", "https://github.com/login/oauth/access_token", "https://api.github.com"),
            (
                "https://ghe.example.com/", "https://ghe.example.com/login/oauth/access_token",
                "https://ghe.example.com/api/v3"
            ),
            ("ghe.example.com", "https://ghe.example.com/login/oauth/access_token", "https://ghe.example.com/api/v3"),
            (
                "http://127.0.0.1:8099", "http://127.0.0.1:8099/login/oauth/access_token",
                "http://127.0.0.1:8099/api/v3"
            ),
            ("https://acme.ghe.com", "https://acme.ghe.com/login/oauth/access_token", "https://api.acme.ghe.com"),
        ])
    func endpoints(base: String, token: String, api: String) throws {
        let endpoints = try #require(GitHubEndpoints(baseURL: base))
        #expect(endpoints.token == token)
        #expect(endpoints.api == api)
        #expect(endpoints.authorize == token.replacing("access_token", with: "authorize"))
    }

    @Test(
        "What is no base URL is none",
        arguments: ["", "ftp://github.com", "https://u:p@ghe.example.com", "https://ghe.example.com/?x", "https://a b"])
    func refused(base: String) {
        #expect(GitHubEndpoints(baseURL: base) == nil)
    }
}
