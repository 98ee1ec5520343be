import Identity
import SessionStore
import Testing

/// What every session store does, whatever it is made of.
@Suite("Every session store")
struct SessionStoreConformanceTests {
    private func fixture(
        _ kind: StoreUnderTest, change: (inout SessionLimits) -> Void = { _ in }
    ) async throws -> (store: any SessionStore, clock: TestClock, directory: TemporaryDirectory) {
        var limits = SessionLimits()
        change(&limits)
        let (clock, directory) = (TestClock(), try TemporaryDirectory())
        return (try await kind.make(clock, limits, directory), clock, directory)
    }

    private func flow(_ state: String, created: Double) -> SignInFlow {
        SignInFlow(
            state: state, provider: "github", verifier: "v-\(state)", returnTo: "/tasks",
            redirectURI: "https://calyx.example/login", created: created)
    }

    @Test("A new session is found by its token, with everything it was made with", arguments: StoreUnderTest.all)
    func createAndFind(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        let (token, session) = try await store.create(for: .ada, userAgent: "Firefox", address: "192.0.2.7")
        let found = try #require(try await store.session(for: token))
        #expect(found == session)
        #expect(found.principal == .ada)
        #expect(found.userAgent == "Firefox")
        #expect(found.address == "192.0.2.7")
        #expect(found.created == clock.now.wall)
        #expect(found.idleExpires == clock.now.wall + 12 * 3600)
        #expect(found.absoluteExpires == clock.now.wall + 7 * 86400)
        #expect(store.sessionCount == 1)
        withExtendedLifetime(directory) {}
    }

    @Test("What a person's rights are limited to is kept, also when a check changes it", arguments: StoreUnderTest.all)
    func scope(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        var person = Principal.ada
        person.scope = try Scope(tasks: ["billing.*"], queues: ["money"])
        let (token, session) = try await store.create(for: person, userAgent: "", address: "")
        #expect(try await store.session(for: token)?.principal == person)
        person.scope = try Scope(tasks: ["mail.send"], queues: [])
        try await store.checked(session.id, principal: person, credential: nil)
        #expect(try await store.session(for: token)?.principal == person)
        withExtendedLifetime(directory) {}
    }

    @Test("Tokens and CSRF tokens are 43 characters and all different", arguments: StoreUnderTest.all)
    func tokens(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        var seen: Set<String> = []
        for _ in 0..<20 {
            let (token, session) = try await store.create(for: .ada, userAgent: "", address: "")
            #expect(token.utf8.count == 43)
            #expect(session.csrfToken.utf8.count == 43)
            seen.formUnion([token, session.csrfToken])
        }
        #expect(seen.count == 40)
        withExtendedLifetime(directory) {}
    }

    @Test("What is no token of a session finds nothing", arguments: StoreUnderTest.all)
    func foreignTokens(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        let (token, session) = try await store.create(for: .ada, userAgent: "", address: "")
        let flipped = (token.hasPrefix("A") ? "B" : "A") + String(token.dropFirst())
        // The last character carries four bits only: another one with the same bits is not the same token.
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let twins = digits.map { String(token.dropLast()) + String($0) }.filter { $0 != token }
        let others: [String] = ["", "x", flipped, token + "A", token + "=", " " + token, session.csrfToken] + twins
        for other in others {
            #expect(try await store.session(for: other) == nil)
            #expect(try await store.peek(token: other) == nil)
        }
        #expect(try await store.session(for: token) != nil)
        withExtendedLifetime(directory) {}
    }

    @Test("Use keeps a session alive; looking without use does not", arguments: StoreUnderTest.all)
    func idle(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        let (used, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let (peeked, _) = try await store.create(for: .ada, userAgent: "", address: "")
        clock.advance(12 * 3600 - 1)
        #expect(try await store.session(for: used)?.lastSeen == clock.now.wall)
        #expect(try await store.peek(token: peeked) != nil)
        clock.advance(1)
        #expect(try await store.session(for: used) != nil)
        #expect(try await store.session(for: peeked) == nil)
        withExtendedLifetime(directory) {}
    }

    @Test("No use keeps a session beyond its absolute lifetime", arguments: StoreUnderTest.all)
    func absolute(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        let (token, session) = try await store.create(for: .ada, userAgent: "", address: "")
        for _ in 0..<(7 * 24 - 1) {
            clock.advance(3600)
            #expect(try await store.session(for: token)?.idleExpires ?? 0 <= session.absoluteExpires)
        }
        clock.advance(3600)
        #expect(try await store.session(for: token) == nil)
        withExtendedLifetime(directory) {}
    }

    @Test(
        "Setting the wall clock back extends nothing; setting it forward may only shorten",
        arguments: StoreUnderTest.all)
    func clockJumps(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        let (token, _) = try await store.create(for: .ada, userAgent: "", address: "")
        clock.setWall(by: -86400)
        clock.advance(12 * 3600)
        #expect(try await store.session(for: token) == nil)
        let (second, _) = try await store.create(for: .ada, userAgent: "", address: "")
        clock.setWall(by: 13 * 3600)
        #expect(try await store.session(for: second) == nil)
        withExtendedLifetime(directory) {}
    }

    @Test("An ended session is gone, and ending it again is no error", arguments: StoreUnderTest.all)
    func end(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        let (first, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let (second, _) = try await store.create(for: .ada, userAgent: "", address: "")
        try await store.end(token: first)
        try await store.end(token: first)
        try await store.end(token: "no token")
        #expect(try await store.session(for: first) == nil)
        #expect(try await store.session(for: second) != nil)
        #expect(store.sessionCount == 1)
        withExtendedLifetime(directory) {}
    }

    @Test("Ending all sessions of one principal leaves the others", arguments: StoreUnderTest.all)
    func endAll(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        var twin = Principal.ada
        twin.provider = "gitlab"
        let (first, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let (second, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let (other, _) = try await store.create(for: .bob, userAgent: "", address: "")
        let (twins, _) = try await store.create(for: twin, userAgent: "", address: "")
        try await store.endAll(of: SessionOwner(.ada), except: nil)
        #expect(try await store.session(for: first) == nil)
        #expect(try await store.session(for: second) == nil)
        #expect(try await store.session(for: other) != nil)
        #expect(try await store.session(for: twins) != nil)
        withExtendedLifetime(directory) {}
    }

    @Test("Names that Swift takes as equal are different principals", arguments: StoreUnderTest.all)
    func canonicalTwins(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        let composed = Principal(provider: "basic", subject: "\u{e9}", name: "e", role: .viewer)
        let decomposed = Principal(provider: "basic", subject: "e\u{301}", name: "e", role: .viewer)
        let (first, _) = try await store.create(for: composed, userAgent: "", address: "")
        let (second, _) = try await store.create(for: decomposed, userAgent: "", address: "")
        try await store.endAll(of: SessionOwner(decomposed), except: nil)
        #expect(try await store.session(for: first) != nil)
        #expect(try await store.session(for: second) == nil)
        withExtendedLifetime(directory) {}
    }

    @Test("A principal's share is bounded: its own idlest session makes room", arguments: StoreUnderTest.all)
    func share(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind) { $0.sessionsPerPrincipal = 3 }
        let (others, _) = try await store.create(for: .bob, userAgent: "", address: "")
        var tokens: [String] = []
        for _ in 0..<3 {
            clock.advance(10)
            tokens.append(try await store.create(for: .ada, userAgent: "", address: "").token)
        }
        clock.advance(10)
        #expect(try await store.session(for: tokens[0]) != nil)
        clock.advance(10)
        tokens.append(try await store.create(for: .ada, userAgent: "", address: "").token)
        #expect(try await store.live(tokens) == [true, false, true, true])
        #expect(try await store.peek(token: others) != nil)
        withExtendedLifetime(directory) {}
    }

    @Test("The number of sessions is bounded: the idlest of all makes room", arguments: StoreUnderTest.all)
    func bound(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind) { $0.sessions = 3 }
        var tokens: [String] = []
        for number in 0..<5 {
            clock.advance(10)
            let principal = Principal(provider: "basic", subject: "u\(number)", name: "u", role: .viewer)
            tokens.append(try await store.create(for: principal, userAgent: "", address: "").token)
        }
        #expect(try await store.live(tokens) == [false, false, true, true, true])
        #expect(store.sessionCount == 3)
        withExtendedLifetime(directory) {}
    }

    @Test("All but one session of a principal can be ended", arguments: StoreUnderTest.all)
    func endOthers(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        let (first, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let (kept, session) = try await store.create(for: .ada, userAgent: "", address: "")
        #expect(try await store.endAll(of: SessionOwner(.ada), except: session.id) == 1)
        #expect(try await store.session(for: first) == nil)
        #expect(try await store.session(for: kept) != nil)
        withExtendedLifetime(directory) {}
    }

    @Test("Sessions are listed, one's own or all, the last seen first, and ended by id", arguments: StoreUnderTest.all)
    func list(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        let (_, first) = try await store.create(for: .ada, userAgent: "Firefox", address: "192.0.2.7")
        clock.advance(10)
        let (_, second) = try await store.create(for: .bob, userAgent: "", address: "")
        #expect(try await store.list(of: nil).map(\.id) == [second.id, first.id])
        #expect(try await store.list(of: SessionOwner(.ada)) == [first])
        #expect(try await store.end(id: first.id)?.principal == .ada)
        #expect(try await store.end(id: first.id) == nil)
        #expect(try await store.list(of: nil).map(\.id) == [second.id])
        clock.advance(12 * 3600)
        #expect(try await store.list(of: nil).isEmpty)
        withExtendedLifetime(directory) {}
    }

    @Test("A credential comes back as it was, and goes with its session", arguments: StoreUnderTest.all)
    func credential(kind: StoreUnderTest) async throws {
        let (store, _, directory) = try await fixture(kind)
        let secret = Array("gho_secret".utf8)
        let (_, session) = try await store.create(for: .ada, credential: secret, userAgent: "", address: "")
        let (_, other) = try await store.create(for: .bob, userAgent: "", address: "")
        #expect(try await store.credential(of: session.id) == secret)
        #expect(try await store.credential(of: other.id) == nil)
        try await store.end(id: session.id)
        #expect(try await store.credential(of: session.id) == nil)
        withExtendedLifetime(directory) {}
    }

    @Test(
        "A session is due for a check when it was used since the last one, and only then", arguments: StoreUnderTest.all
    )
    func unchecked(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        let (token, session) = try await store.create(for: .ada, credential: [1], userAgent: "", address: "")
        _ = try await store.create(for: .bob, userAgent: "", address: "")
        clock.advance(400)
        #expect(try await store.unchecked(since: clock.now.wall - 300, limit: 10).isEmpty, "nobody used one")
        #expect(try await store.session(for: token) != nil)
        #expect(
            try await store.unchecked(since: clock.now.wall - 500, limit: 10).isEmpty, "the last check is new enough")
        #expect(try await store.unchecked(since: clock.now.wall - 300, limit: 10).map(\.id) == [session.id])
        var demoted = Principal.ada
        demoted.role = .viewer
        #expect(try await store.claimCheck(of: session.id, for: 60))
        #expect(try await store.claimCheck(of: session.id, for: 60) == false, "one at a time")
        try await store.checked(session.id, principal: demoted, credential: [2])
        #expect(try await store.unchecked(since: clock.now.wall - 300, limit: 10).isEmpty)
        clock.advance(2)
        let found = try #require(try await store.session(for: token))
        #expect(found.principal == demoted)
        #expect(found.membershipChecked == clock.now.wall - 2)
        #expect(try await store.credential(of: session.id) == [2])
        #expect(try await store.claimCheck(of: session.id, for: 60), "free again")
        withExtendedLifetime(directory) {}
    }

    @Test("A flow is taken once, by the browser that began it", arguments: StoreUnderTest.all)
    func flowOnce(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        let begun = flow("s1", created: clock.now.wall)
        try await store.begin(flow: begun, browser: "b1")
        #expect(try await store.take(flowState: "s1", browser: "b2") == nil)
        #expect(try await store.take(flowState: "s2", browser: "b1") == nil)
        #expect(try await store.take(flowState: "", browser: "") == nil)
        #expect(try await store.take(flowState: "s1", browser: "b1") == begun)
        #expect(try await store.take(flowState: "s1", browser: "b1") == nil)
        withExtendedLifetime(directory) {}
    }

    @Test("Of many callbacks with the same state exactly one gets the flow", arguments: StoreUnderTest.all)
    func flowRace(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        try await store.begin(flow: flow("s1", created: clock.now.wall), browser: "b1")
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await store.take(flowState: "s1", browser: "b1") != nil } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
        withExtendedLifetime(directory) {}
    }

    @Test("A flow ends after ten minutes", arguments: StoreUnderTest.all)
    func flowLifetime(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        try await store.begin(flow: flow("s1", created: clock.now.wall), browser: "b1")
        try await store.begin(flow: flow("s2", created: clock.now.wall), browser: "b1")
        clock.advance(599)
        #expect(try await store.take(flowState: "s1", browser: "b1") != nil)
        clock.advance(1)
        #expect(try await store.take(flowState: "s2", browser: "b1") == nil)
        withExtendedLifetime(directory) {}
    }

    @Test("A browser has eight flows at most; the oldest goes, those of others stay", arguments: StoreUnderTest.all)
    func flowsOfBrowser(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind)
        try await store.begin(flow: flow("other", created: clock.now.wall), browser: "b2")
        for number in 0..<9 {
            clock.advance(1)
            try await store.begin(flow: flow("s\(number)", created: clock.now.wall), browser: "b1")
        }
        #expect(try await store.take(flowState: "s0", browser: "b1") == nil)
        #expect(try await store.take(flowState: "s1", browser: "b1") != nil)
        #expect(try await store.take(flowState: "s8", browser: "b1") != nil)
        #expect(try await store.take(flowState: "other", browser: "b2") != nil)
        withExtendedLifetime(directory) {}
    }

    @Test("The number of flows is bounded; the oldest goes", arguments: StoreUnderTest.all)
    func flowsOfAll(kind: StoreUnderTest) async throws {
        let (store, clock, directory) = try await fixture(kind) { $0.flows = 3 }
        for number in 0..<4 {
            clock.advance(1)
            try await store.begin(flow: flow("s\(number)", created: clock.now.wall), browser: "b\(number)")
        }
        #expect(try await store.take(flowState: "s0", browser: "b0") == nil)
        #expect(try await store.take(flowState: "s1", browser: "b1") != nil)
        withExtendedLifetime(directory) {}
    }
}
