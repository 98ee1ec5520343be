import Testing

@testable import PageKit

@Suite("The frame of pages")
struct PageShellTests {
    private let hostile = "<script>\"'&"

    private func page(prefix: String = "/flower", stream: PageShell.Stream? = nil) -> String {
        let shell = PageShell(
            links: Links(prefix: prefix), title: hostile, section: .tasks,
            person: PageShell.Person(name: hostile, role: "viewer"), csrfToken: hostile, version: hostile,
            clusterName: hostile, stream: stream, requestID: hostile)
        return String(
            decoding: shell.render(banners: HTML(), main: HTML { $0.element(.h1, text: "Tasks") }), as: UTF8.self)
    }

    @Test("Whatever comes from outside is escaped, wherever it stands")
    func escaped() {
        let text = page()
        #expect(text.contains("&lt;script&gt;&quot;&#39;&amp;"))
        // The only scripts are the two files of ours.
        #expect(text.components(of: "<script").count - 1 == 2)
        #expect(!text.contains("<script>"))
    }

    @Test("Every address carries the prefix", arguments: ["", "/flower", "/a/b"])
    func prefixed(_ prefix: String) {
        for address in page(prefix: prefix).addresses where !address.hasPrefix("#") {
            #expect(address.hasPrefix(prefix + "/"), "\(address)")
        }
    }

    @Test("Nothing is inline: no style, no script text, no event handlers")
    func nothingInline() {
        let text = page(stream: PageShell.Stream(link: Links(prefix: "").page("/live"), asOf: "as of 10:00:00 UTC"))
        #expect(!text.contains("<style") && !text.contains(" style=") && !text.contains("javascript:"))
        #expect(text.firstMatch(of: /\son[a-z]+=/) == nil)
        #expect(text.firstMatch(of: /<script[^>]*>[^<]/) == nil)
    }

    @Test("Sign-out is a form that carries the session's token")
    func signOut() {
        let text = page()
        #expect(text.contains(#"<form method="post" action="/flower/logout">"#))
        #expect(text.contains(#"<input type="hidden" name="_csrf" value="&lt;script&gt;&quot;&#39;&amp;">"#))
    }

    @Test("The current page is marked, and one can skip to the content")
    func navigation() {
        let text = page()
        #expect(text.contains(#"href="/flower/tasks" title="Tasks (g t)" data-key="t" aria-current="page">Tasks</a>"#))
        #expect(text.components(of: "aria-current").count - 1 == 1)
        #expect(text.contains(##"<a class="skip" href="#main">"##))
        #expect(text.contains(#"<main id="main" tabindex="-1">"#))
    }

    @Test("Without a stream no page claims to be live")
    func still() {
        #expect(!page().contains("id=\"truth\""))
        let watched = page(stream: PageShell.Stream(link: Links(prefix: "").page("/live"), asOf: "as of 10:00:00 UTC"))
        #expect(watched.contains("as of 10:00:00 UTC"))
    }
}

@Suite("The gateway's own pages")
struct SignInPagesTests {
    private func signIn(_ change: (inout SignInPage) -> Void = { _ in }) -> String {
        var page = SignInPage(
            prefix: "/flower", providers: [.init(id: "github", displayName: "Git<Hub>")], showsPasswordForm: true,
            returnTo: "/task/1?x=\"><b>", formToken: "token\"<")
        change(&page)
        return String(decoding: SignInPages.signIn(page), as: UTF8.self)
    }

    @Test("The form posts its four fields to the gateway")
    func form() {
        let text = signIn { $0.message = "The user name or the password is wrong." }
        #expect(text.contains(#"<form class="stack" method="post" action="/flower/login">"#))
        #expect(text.contains(#"name="next" value="/task/1?x=&quot;&gt;&lt;b&gt;""#))
        #expect(text.contains(#"name="form_token" value="token&quot;&lt;""#))
        #expect(text.contains(#"name="username""#) && text.contains(#"name="password" type="password""#))
        #expect(text.contains(#"role="alert""#))
    }

    @Test("A provider is a link that keeps where to go")
    func provider() {
        let text = signIn()
        #expect(text.contains("/flower/oauth2/start/github?next=%2Ftask%2F1%3Fx%3D%22%3E%3Cb%3E"))
        #expect(text.contains("Continue with Git&lt;Hub&gt;"))
    }

    @Test("Without users there is no password form, without providers no button")
    func parts() {
        #expect(!signIn { $0.showsPasswordForm = false }.contains("<form"))
        #expect(!signIn { $0.providers = [] }.contains("Continue with"))
    }

    @Test("A message is text, whatever it holds, and offers one next step under the prefix")
    func message() {
        let page = SignInPages.message(
            prefix: "/flower", title: "Refused <now>", text: "a@x.example has no access.\nAdd --auth=a@x.example.",
            action: ("Sign in again", "/login"), principalName: "<i>ada</i>")
        let text = String(decoding: page, as: UTF8.self)
        #expect(text.contains("<h1>Refused &lt;now&gt;</h1>"))
        #expect(text.contains("<p class=\"said\">Add --auth=a@x.example.</p>"))
        #expect(text.contains("You are signed in as &lt;i&gt;ada&lt;/i&gt;."))
        #expect(text.contains(#"href="/flower/login""#))
    }

    @Test("They load what the gateway serves to anyone, and nothing of the core's")
    func assets() {
        for address in signIn().addresses {
            #expect(address.hasPrefix("/flower/login") || address.hasPrefix("/flower/oauth2/"), "\(address)")
        }
    }
}

@Suite("The Content-Security-Policy")
struct ContentSecurityPolicyTests {
    @Test("It allows nothing inline, nothing foreign, no framing and no text as code")
    func strict() {
        let directives = ContentSecurityPolicy.value.components(of: "; ")
        #expect(directives.first == "default-src 'none'")
        #expect(directives.contains("frame-ancestors 'none'"))
        #expect(directives.contains("require-trusted-types-for 'script'"))
        #expect(directives.contains("trusted-types calyx"))
        for loose in ["unsafe-inline", "unsafe-eval", "*", "http:", "https:", "data:", "blob:"] {
            #expect(!ContentSecurityPolicy.value.contains(loose), "\(loose)")
        }
    }
}

extension String {
    fileprivate func components(of separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// Everything that an element of this page leads to or loads.
    fileprivate var addresses: [String] {
        matches(of: /\s(?:href|src|action|data-stream)="([^"]*)"/).map { String($0.output.1) }
    }
}
