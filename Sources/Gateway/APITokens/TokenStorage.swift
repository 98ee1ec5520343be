/// Where tokens are kept. Calls may take time and may fail.
package protocol TokenStorage: Sendable {
    /// A text that differs whenever somebody else, of this or another process, has changed the tokens.
    func version() async throws -> String
    func load() async throws -> [APIToken]
    func insert(_ token: APIToken) async throws
    /// False when there was no such token.
    func delete(hash: [UInt8]) async throws -> Bool
    /// Stores when and from where tokens were used last.
    func storeUses(_ tokens: [APIToken]) async throws
    func close() async throws
}

/// Why a token cannot be made or kept.
package struct TokenError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
