import AuditTrail
import Foundation
import Identity
import NIOConcurrencyHelpers
import SessionStore
import SignIn
import Testing

@testable import GatewayServer

/// A provider that answers checks as the test says, and counts them.
private final class AnsweringProvider: SignInProvider {
    let id = "github", displayName = "GitHub", signOutAddress: String? = nil
    private let state: NIOLockedValueBox<(answer: Recheck, count: Int)>

    init(_ answer: Recheck) { state = NIOLockedValueBox((answer, 0)) }

    var count: Int { state.withLockedValue { $0.count } }
    func answer(_ answer: Recheck) { state.withLockedValue { $0.answer = answer } }

    func begin(_ request: AuthorizationRequest) async -> Result<String, ProviderUnavailable> {
        .failure(ProviderUnavailable(message: "not here"))
    }

    func finish(_ answer: AuthorizationAnswer) async -> ProviderDecision { .failed(message: "not here") }

    func recheck(_ principal: Principal, _ authorization: ProviderAuthorization) async -> Recheck {
        let answer = state.withLockedValue { state in
            state.count += 1
            return state.answer
        }
        // Long enough for others to ask meanwhile.
        try? await Task.sleep(for: .milliseconds(30))
        return answer
    }
}

@Suite("Membership of signed-in people")
struct MembershipTests {
    private static let eve = Principal(provider: "github", subject: "7", name: "eve", role: .operator)
    private static let authorization = ProviderAuthorization(
        facts: PersonFacts(subject: "7", name: "eve"), accessToken: "gho_1")

    private func session(_ gateway: TestGateway) async throws -> (cookie: String, token: String) {
        let (token, _) = try await gateway.sessions.create(
            for: Self.eve, credential: try MembershipCheck.stored(Self.authorization), userAgent: "", address: "")
        return ("\(gateway.cookieName)=\(token)", token)
    }

    private func run(
        _ provider: AnsweringProvider, _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        try await TestGateway.run(configure: { $0.membershipInterval = 0 }, providers: [provider], body)
    }

    @Test("Who lost the membership is signed out while the browser goes on, and the trail tells why")
    func ended() async throws {
        let provider = AnsweringProvider(.ended(reason: "no longer in the team platform"))
        try await run(provider) { gateway in
            let session = try await session(gateway)
            while try await gateway.ask("GET", "/api/workers", [("Cookie", session.cookie)]).status == 200 {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await gateway.ask("GET", "/api/workers", [("Cookie", session.cookie)]).status == 401)
            await gateway.audit.flush()
            var query = AuditQuery()
            query.kinds = [.sessionEnded]
            let event = try #require(try await gateway.audit.search(query).first?.event)
            #expect(event.name == "eve" && event.reason == "no longer in the team platform")
        }
    }

    @Test("A new role is in force with the next request, and a renewed token is kept")
    func changed() async throws {
        var viewer = Self.eve
        viewer.role = .viewer
        var renewed = Self.authorization
        renewed.accessToken = "gho_2"
        let provider = AnsweringProvider(.allowed(viewer, renewed))
        let expected = renewed
        try await run(provider) { gateway in
            let session = try await session(gateway)
            let id = try #require(SessionID(token: session.token))
            while gateway.sessions.recall(session.token, isUse: true).session?.principal.role != .viewer {
                try await Task.sleep(for: .milliseconds(20))
            }
            let stored = try #require(try await gateway.sessions.credential(of: id))
            #expect(try JSONDecoder().decode(ProviderAuthorization.self, from: Data(stored)) == expected)
        }
    }

    @Test("A provider that is away ends nothing")
    func away() async throws {
        let provider = AnsweringProvider(.unavailable(reason: "timeout"))
        try await run(provider) { gateway in
            let session = try await session(gateway)
            while provider.count == 0 {
                _ = gateway.sessions.recall(session.token, isUse: true)
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try await gateway.ask("GET", "/api/workers", [("Cookie", session.cookie)]).status == 200)
        }
    }

    @Test("CKS-25: many requests of a session whose check is overdue wait for one check, and all go on")
    func single() async throws {
        let provider = AnsweringProvider(.allowed(Self.eve, Self.authorization))
        try await TestGateway.run(configure: { $0.membershipInterval = 300 }, providers: [provider]) { gateway in
            let session = try await session(gateway)
            let stored = try #require(try await gateway.sessions.find(session.token, isUse: true))
            let watch = MembershipWatch(
                check: MembershipCheck(sessions: gateway.sessions, providers: [provider], passwords: nil),
                interval: 300, logger: gateway.log.logger(), now: { stored.created + 1000 }, onEnd: { _, _ in })
            #expect(watch.isOverdue(stored))
            let lives = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { try await watch.settle(stored, waits: true) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(lives.count == 50 && lives.allSatisfy { $0 })
            #expect(provider.count == 1)
        }
    }

    @Test("CKS-23: a user who is no longer in the password file is signed out")
    func removedUser() async throws {
        try await TestGateway.run(configure: { $0.membershipInterval = 0 }) { gateway in
            let gone = Principal(provider: "basic", subject: "gone", name: "gone", role: .admin)
            let (token, _) = try await gateway.sessions.create(for: gone, credential: nil, userAgent: "", address: "")
            while gateway.sessions.recall(token, isUse: true) != .none { try await Task.sleep(for: .milliseconds(20)) }
            let ann = try await gateway.session()
            #expect(try await gateway.ask("GET", "/api/workers", [("Cookie", ann.cookie)]).status == 200)
        }
    }
}
