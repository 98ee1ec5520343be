import Crypto
import Identity
import Testing

@testable import SessionStore

@Suite("The table of sessions")
struct SessionTableTests {
    private let start = ClockReading(wall: 1000, monotonic: 50)

    private func session(_ number: UInt8) throws -> Session {
        Session(
            id: try #require(SessionID(bytes: [UInt8](repeating: number, count: 32))), principal: .ada, csrfToken: "t",
            created: 1000, lastSeen: 1000, idleExpires: 1000 + 12 * 3600, absoluteExpires: 1000 + 7 * 86400,
            membershipChecked: 1000, userAgent: "", address: "")
    }

    @Test("A use is stored once, and only when it is new enough")
    func touches() throws {
        var table = SessionTable(limits: SessionLimits())
        let session = try session(1)
        table.insert(session, at: start)
        #expect(table.takeTouches(atLeast: 60).isEmpty)
        _ = table.use(session.id, at: ClockReading(wall: 1030, monotonic: 80))
        #expect(table.takeTouches(atLeast: 60).isEmpty)
        _ = table.use(session.id, at: ClockReading(wall: 1060, monotonic: 110))
        #expect(table.takeTouches(atLeast: 60) == [SessionTable.Touch(id: session.id, lastSeen: 1060)])
        #expect(table.takeTouches(atLeast: 60).isEmpty)
    }

    @Test("What the database has does not overwrite fresher times")
    func insertAgain() throws {
        var table = SessionTable(limits: SessionLimits())
        let session = try session(1)
        table.insert(session, at: start)
        _ = table.use(session.id, at: ClockReading(wall: 2000, monotonic: 1050))
        table.insert(session, at: ClockReading(wall: 2001, monotonic: 1051))
        #expect(table.peek(session.id, at: ClockReading(wall: 2001, monotonic: 1051))?.lastSeen == 2000)
    }

    @Test("Expired sessions are told")
    func expired() throws {
        var table = SessionTable(limits: SessionLimits())
        let (first, second) = (try session(1), try session(2))
        table.insert(first, at: start)
        table.insert(second, at: start)
        _ = table.use(second.id, at: ClockReading(wall: 1100, monotonic: 150))
        let later = ClockReading(wall: 1000 + 12 * 3600, monotonic: 50 + 12 * 3600)
        #expect(table.expired(at: later) == [first.id])
        table.remove([first.id])
        #expect(table.count == 1)
    }

    @Test("An id is its 32 bytes and no other number of them")
    func ids() throws {
        let bytes = Array(SHA256.hash(data: [1, 2, 3]))
        #expect(try #require(SessionID(bytes: bytes)).bytes == bytes)
        #expect(SessionID(bytes: Array(bytes.dropLast())) == nil)
        #expect(SessionID(bytes: bytes + [0]) == nil)
    }
}
