import Foundation
import Identity
import SessionStore
import SignIn

/// Judges signed-in people again: does whoever vouched for them still do?
struct MembershipCheck: Sendable {
    let sessions: any SessionStore
    let providers: [any SignInProvider]
    let passwords: PasswordAuthenticator?

    enum Verdict: Sendable, Equatable {
        /// Still let in; perhaps with another role.
        case goesOn
        case ended(reason: String)
        /// Nobody could tell; the session goes on and is looked at again later.
        case unknown(reason: String)
        /// Somebody else is asking just now.
        case busy
    }

    /// Asks once, whoever else wants to know at the same time: two askers would spend a refresh token twice.
    func check(_ session: Session) async throws -> Verdict {
        guard try await sessions.claimCheck(of: session.id, for: Self.longest) else { return .busy }
        let principal = session.principal
        if principal.provider == "basic" {
            return try await settle(session)
        }
        guard let provider = providers.first(where: { $0.id == principal.provider }) else {
            return try await end(session, "\(principal.provider) is no longer configured")
        }
        let authorization: ProviderAuthorization
        do {
            guard let stored = try await sessions.credential(of: session.id) else {
                return try await end(session, "nothing is known to check the membership with")
            }
            authorization = try JSONDecoder().decode(ProviderAuthorization.self, from: Data(stored))
        } catch let error as SessionStoreError {
            throw error
        } catch {
            return try await end(session, "what the membership was checked with cannot be read")
        }
        switch await provider.recheck(principal, authorization) {
        case .allowed(let principal, let renewed):
            let credential = renewed == authorization ? nil : try Self.stored(renewed)
            try await sessions.checked(session.id, principal: principal, credential: credential)
            return .goesOn
        case .ended(let reason): return try await end(session, reason)
        case .unavailable(let reason):
            // Counts as looked at: the provider is asked again with the next interval, not with every request.
            try await sessions.checked(session.id, principal: principal, credential: nil)
            return .unknown(reason: reason)
        }
    }

    /// As sessions keep it.
    static func stored(_ authorization: ProviderAuthorization) throws -> [UInt8] {
        [UInt8](try JSONEncoder().encode(authorization))
    }

    /// A user with a password, as the files have it now. Another password ends what the old one began.
    private func settle(_ session: Session) async throws -> Verdict {
        guard let passwords, let now = passwords.principal(named: session.principal.subject) else {
            return try await end(session, "the user is no longer in the password file")
        }
        var current = now
        if let stored = try await sessions.credential(of: session.id),
            let authorization = try? JSONDecoder().decode(ProviderAuthorization.self, from: Data(stored))
        {
            switch passwords.recheck(session.principal, authorization) {
            case .allowed(let principal, _): current = principal
            case .ended(let reason), .unavailable(let reason): return try await end(session, reason)
            }
        }
        try await sessions.checked(session.id, principal: current, credential: nil)
        return .goesOn
    }

    private func end(_ session: Session, _ reason: String) async throws -> Verdict {
        try await sessions.end(id: session.id)
        return .ended(reason: reason)
    }

    /// Seconds that asking a provider may take, with its retries.
    private static let longest = 60.0
}
