import Identity
import Testing

@testable import GatewayServer

@Suite("Admission")
struct AdmissionTests {
    func caller(_ role: Role, session: Bool) -> Caller {
        Caller(
            principal: Principal(provider: "basic", subject: "u", name: "u", role: role),
            proof: session ? .session(token: "t", csrfToken: "secret") : .authorization)
    }

    func judge(
        _ role: Role, session: Bool = false, _ method: RequestMethod, _ path: String, type: String? = nil,
        token: String? = nil
    ) -> Admission.Verdict {
        var fields = InspectedFields()
        fields.contentType = type
        fields.csrfToken = token
        if session { fields.origin = "http://calyx" }
        return Admission.judge(
            caller(role, session: session), method: method, path: path, fields: fields, ownOrigin: "http://calyx")
    }

    @Test("asks for the role of the route")
    func roles() {
        #expect(judge(.viewer, .get, "/api/workers") == .allowed)
        #expect(judge(.viewer, .post, "/api/task/revoke/x") == .forbidden(needs: .operator))
        #expect(judge(.operator, .post, "/api/task/revoke/x") == .allowed)
        #expect(judge(.operator, .post, "/api/worker/shutdown/w") == .forbidden(needs: .admin))
        #expect(judge(.admin, .post, "/api/worker/shutdown/w") == .allowed)
        #expect(judge(.operator, .delete, "/unknown") == .forbidden(needs: .admin))
    }

    @Test("keeps people with a scope to what can be limited, and knows their role first")
    func scopes() throws {
        let scope = try Scope(tasks: ["billing.*"], queues: [])
        func judge(_ role: Role, _ method: RequestMethod, _ path: String) -> Admission.Verdict {
            var caller = caller(role, session: false)
            caller = Caller(
                principal: Principal(
                    provider: "github", subject: "u", name: "u", role: role, scope: scope), proof: caller.proof)
            return Admission.judge(
                caller, method: method, path: path, fields: InspectedFields(), ownOrigin: "http://calyx")
        }
        for path in ["/", "/tasks", "/task/x", "/queues", "/api/tasks", "/live", "/static/css/x.css", "/healthcheck"] {
            #expect(judge(.viewer, .get, path) == .allowed, "\(path)")
        }
        for path in ["/workers", "/worker/w", "/metrics", "/api/workers", "/api/tasksx", "/anything"] {
            #expect(judge(.viewer, .get, path) == .outsideScope, "\(path)")
        }
        #expect(judge(.operator, .post, "/api/task/revoke/x") == .allowed)
        #expect(judge(.operator, .post, "/api/worker/pool/grow/w") == .outsideScope)
        #expect(judge(.operator, .post, "/api/task/rate-limit/billing.a") == .outsideScope)
    }

    @Test("wants the token of a session, in the form when it is one")
    func tokens() {
        let path = "/api/task/revoke/x"
        #expect(judge(.admin, session: true, .post, path, token: "secret") == .allowed)
        #expect(judge(.admin, session: true, .post, path) == .crossSite(.tokenMissing))
        #expect(judge(.admin, session: true, .post, path, token: "x") == .crossSite(.tokenWrong))
        let form = "application/x-www-form-urlencoded; charset=utf-8"
        #expect(judge(.admin, session: true, .post, path, type: form) == .needsFormToken)
        #expect(judge(.admin, session: true, .post, path, type: "application/json") == .crossSite(.tokenMissing))
        #expect(judge(.viewer, session: true, .get, "/") == .allowed)
    }

    @Test("never lets an anonymous caller change anything")
    func anonymous() {
        let caller = Caller(principal: .anonymous, proof: .anonymous)
        let verdict = Admission.judge(
            caller, method: .post, path: "/tasks/datatable", fields: InspectedFields(), ownOrigin: "http://calyx")
        #expect(verdict == .forbidden(needs: .viewer))
    }

    @Test(
        "opens exact reading routes only",
        arguments: [
            ("/api/workers", true), ("/api/tasks", true), ("/api/queues/length", true), ("/api/task/types", true),
            ("/api/task/info/abc", true), ("/api/task/result/abc", true), ("/api/task/info/a/b", false),
            ("/api/task/info/", false), ("/api/task/revoke/abc", false), ("/api/workers/", false), ("/api", false),
            ("/api/worker/shutdown/w", false), ("/metrics", false), ("/", false), ("/tasks", false),
        ])
    func publicRoutes(path: String, isOpen: Bool) {
        let open = PublicRoutes(unauthenticatedAPI: true, openMetrics: false)
        #expect(open.allowsAnonymous(method: .get, path: path) == isOpen)
        #expect(open.allowsAnonymous(method: .head, path: path) == isOpen)
        #expect(!open.allowsAnonymous(method: .post, path: path))
        #expect(!open.allowsAnonymous(method: .options, path: path))
        let closed = PublicRoutes(unauthenticatedAPI: false, openMetrics: false)
        #expect(!closed.allowsAnonymous(method: .get, path: path))
    }

    @Test("opens metrics by their own option")
    func metrics() {
        let open = PublicRoutes(unauthenticatedAPI: false, openMetrics: true)
        #expect(open.allowsAnonymous(method: .get, path: "/metrics"))
        #expect(!open.allowsAnonymous(method: .post, path: "/metrics"))
        #expect(!open.allowsAnonymous(method: .get, path: "/metrics/x"))
    }

    @Test(
        "tells a browser that navigates from programs and scripts",
        arguments: [
            ("text/html,application/xhtml+xml,*/*;q=0.8", nil, true), ("text/html", "navigate", true),
            ("TEXT/HTML; q=1", nil, true), ("*/*", nil, false), ("application/json", nil, false), (nil, nil, false),
            ("text/html", "cors", false), ("*/*", "navigate", false), ("text/htmlx", nil, false),
        ] as [(String?, String?, Bool)])
    func navigation(accept: String?, mode: String?, isNavigation: Bool) {
        var fields = InspectedFields()
        fields.accept = accept
        fields.secFetchMode = mode
        #expect(Navigation.isNavigation(method: .get, fields: fields) == isNavigation)
        #expect(!Navigation.isNavigation(method: .post, fields: fields))
        fields.authorization = "Basic x"
        #expect(!Navigation.isNavigation(method: .get, fields: fields))
    }
}
