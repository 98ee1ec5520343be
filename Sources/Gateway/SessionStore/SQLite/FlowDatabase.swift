import Foundation
import GRDB

/// The statements on unfinished sign-ins. State and browser value are stored as hashes, like session tokens.
enum FlowDatabase {
    /// Stores a flow and drops what is over or too much: a browser's oldest beyond its share, and the oldest of all.
    static func insert(_ flow: SignInFlow, browser: String, limits: SessionLimits, now: Double, _ db: Database) throws {
        try deleteExpired(now: now, db)
        let browserHash = Data(FlowHash.browser(browser))
        try db.execute(
            sql: "INSERT INTO flows VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                Data(FlowHash.state(flow.state)), browserHash, flow.provider, flow.verifier, flow.returnTo,
                flow.redirectURI, flow.created,
            ])
        try db.execute(
            sql: """
                DELETE FROM flows WHERE state IN (
                    SELECT state FROM flows WHERE browser = ? ORDER BY created DESC, state LIMIT -1 OFFSET ?)
                """,
            arguments: [browserHash, limits.flowsPerBrowser])
        try db.execute(
            sql: """
                DELETE FROM flows WHERE state IN (
                    SELECT state FROM flows ORDER BY created DESC, state LIMIT -1 OFFSET ?)
                """,
            arguments: [limits.flows])
    }

    /// The flow of this state and browser, removed. Another browser's attempt leaves it in place.
    static func take(state: String, browser: String, now: Double, _ db: Database) throws -> SignInFlow? {
        try deleteExpired(now: now, db)
        let row = try Row.fetchOne(
            db,
            sql: """
                DELETE FROM flows WHERE state = ? AND browser = ?
                RETURNING provider, verifier, return_to, redirect_uri, created
                """,
            arguments: [Data(FlowHash.state(state)), Data(FlowHash.browser(browser))])
        guard let row else { return nil }
        return SignInFlow(
            state: state, provider: row["provider"], verifier: row["verifier"], returnTo: row["return_to"],
            redirectURI: row["redirect_uri"], created: row["created"])
    }

    /// Removes flows that are too old, and those from the future: the clock was set back since.
    static func deleteExpired(now: Double, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM flows WHERE created <= ? OR created > ?",
            arguments: [now - SignInFlow.lifetime, now + SignInFlow.lifetime])
    }
}
