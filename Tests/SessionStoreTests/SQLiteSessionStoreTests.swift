import Foundation
import GRDB
import Identity
import Logging
import PrivateDatabase
import SessionStore
import Synchronization
import Testing

@Suite("Sessions in SQLite")
struct SQLiteSessionStoreTests {
    private let directory: TemporaryDirectory
    private let clock = TestClock()
    private var path: String { "\(directory.path)/gateway/sessions.sqlite" }

    init() throws { directory = try TemporaryDirectory() }

    private func open(_ logger: Logger = quietLogger) async throws -> SQLiteSessionStore {
        try await SQLiteSessionStore(path: path, sealing: .forTests, logger: logger, now: clock.read)
    }

    @Test("Sessions and flows survive a restart")
    func restart() async throws {
        let first = try await open()
        let (token, session) = try await first.create(for: .ada, userAgent: "Firefox", address: "192.0.2.7")
        var limited = Principal.bob
        limited.scope = try Scope(tasks: ["billing.*"], queues: ["money"])
        let (limitedToken, _) = try await first.create(for: limited, userAgent: "", address: "")
        let flow = SignInFlow(
            state: "s", provider: "github", verifier: "v", returnTo: "/", redirectURI: "https://c/login",
            created: clock.now.wall)
        try await first.begin(flow: flow, browser: "b")
        clock.advance(100)
        #expect(try await first.session(for: token) != nil)
        try await first.close()
        clock.advance(100)
        let second = try await open()
        let found = try #require(try await second.peek(token: token))
        #expect(found.id == session.id)
        #expect(found.principal == .ada)
        #expect(try await second.peek(token: limitedToken)?.principal == limited)
        #expect(found.csrfToken == session.csrfToken)
        #expect(found.lastSeen == session.created + 100)
        #expect(try await second.take(flowState: "s", browser: "b") == flow)
        try await second.close()
    }

    @Test("A file of the first version is taken over, and its sessions are due for a check")
    func firstVersion() async throws {
        try FileManager.default.createDirectory(atPath: "\(directory.path)/gateway", withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: path)
        let id = Data(try #require(SessionID(token: String(repeating: "A", count: 43))).bytes)
        let now = clock.now.wall
        try await queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE sessions (
                        id BLOB PRIMARY KEY NOT NULL,
                        provider TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, email TEXT,
                        role TEXT NOT NULL, csrf_token TEXT NOT NULL,
                        created REAL NOT NULL, last_seen REAL NOT NULL, absolute_expires REAL NOT NULL,
                        user_agent TEXT NOT NULL, address TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE flows (
                        state BLOB PRIMARY KEY NOT NULL, browser BLOB NOT NULL, provider TEXT NOT NULL,
                        verifier TEXT NOT NULL, return_to TEXT NOT NULL, redirect_uri TEXT NOT NULL,
                        created REAL NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    PRAGMA application_id = 1129077080; PRAGMA user_version = 1;
                    """)
            try db.execute(
                sql: "INSERT INTO sessions VALUES (?, 'basic', 'bob', 'bob', NULL, 'admin', 'c', ?, ?, ?, 'ua', 'a')",
                arguments: [id, now, now, now + 1000])
        }
        try queue.close()
        let store = try await open()
        let found = try #require(try await store.session(for: String(repeating: "A", count: 43)))
        #expect(found.principal == .bob)
        #expect(found.membershipChecked == 0)
        try await store.close()
    }

    @Test("A credential is not in the files, and a session whose key is gone has none that can be read")
    func credentialSealed() async throws {
        let store = try await open()
        let secret = Array("gho_16C7e42F292c6912E7710c838347Ae178B4a".utf8)
        let (_, session) = try await store.create(for: .ada, credential: secret, userAgent: "", address: "")
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path + suffix))
            #expect(bytes.range(of: Data(secret)) == nil)
        }
        try await store.close()
        let stranger = try await SQLiteSessionStore(
            path: path, sealing: try #require(SealingKeys([[UInt8](repeating: 9, count: 32)])), logger: quietLogger,
            now: clock.read)
        await #expect(throws: SealingError.self) { try await stranger.credential(of: session.id) }
        try await stranger.close()
    }

    @Test("Neither token nor state nor browser value is in the files")
    func nothingUsableStored() async throws {
        let store = try await open()
        let (token, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let flow = SignInFlow(
            state: "the-state-value", provider: "github", verifier: "v", returnTo: "/", redirectURI: "https://c/",
            created: clock.now.wall)
        try await store.begin(flow: flow, browser: "the-browser-value")
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path + suffix))
            for secret in [token, "the-state-value", "the-browser-value"] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil)
            }
        }
        try await store.close()
    }

    @Test("The directory is 0700 and every file 0600, also one that was open to others before")
    func privacy() async throws {
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        let store = try await open()
        _ = try await store.create(for: .ada, userAgent: "", address: "")
        #expect(try mode("\(directory.path)/gateway") == 0o700)
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(path + suffix) == 0o600) }
        try await store.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try await open().close()
        #expect(try mode(path) == 0o600)
    }

    @Test("A file that root makes belongs to whom the directory belongs to", .enabled(if: geteuid() == 0))
    func ownership() async throws {
        let home = "\(directory.path)/gateway"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        #expect(chown(home, 4711, 4712) == 0)
        try await open().close()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.ownerAccountID] as? Int == 4711)
        #expect(attributes[.groupOwnerAccountID] as? Int == 4712)
    }

    @Test("A damaged file is moved aside with an error in the log, and sign-in works", arguments: [0, 1, 2, 3])
    func corruption(kind: Int) async throws {
        let store = try await open()
        for _ in 0..<50 { _ = try await store.create(for: .ada, userAgent: "", address: "") }
        try await store.close()
        let url = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: url)
        switch kind {
        case 0: bytes = Data("this is no database".utf8)
        case 1: bytes.replaceSubrange(4096..., with: [UInt8](repeating: 0xFF, count: bytes.count - 4096))
        case 2: bytes.replaceSubrange(0..<100, with: [UInt8](repeating: 0, count: 100))
        default: break
        }
        try bytes.write(to: url)
        if kind == 3 {
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "ALTER TABLE sessions DROP COLUMN role") }
            try queue.close()
        }
        let log = RecordingLog()
        let repaired = try await open(log.logger)
        let (token, _) = try await repaired.create(for: .bob, userAgent: "", address: "")
        #expect(try await repaired.session(for: token) != nil)
        #expect(repaired.sessionCount == 1)
        let aside = try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/gateway")
            .filter { $0.hasPrefix("sessions.sqlite.corrupt-") }
        #expect(aside == ["sessions.sqlite.corrupt-20270115T080000Z"])
        #expect(log.errors.count == 1)
        #expect(log.errors.first?.contains("moved aside") == true)
        try await repaired.close()
    }

    @Test("A file of a later version is refused and stays as it is")
    func newerSchema() async throws {
        try await open().close()
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "PRAGMA user_version = 4") }
        try queue.close()
        let error = await #expect(throws: PrivateDatabaseError.self) { try await open() }
        #expect(error?.code == .newerSchema)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("A database of another program is refused and stays as it is")
    func foreignDatabase() async throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/gateway", withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
        try queue.close()
        let error = await #expect(throws: PrivateDatabaseError.self) { try await open() }
        #expect(error?.code == .foreignDatabase)
        let again = try DatabaseQueue(path: path)
        #expect(try await again.read { try $0.tableExists("theirs") })
        try again.close()
    }

    @Test("A path that cannot be used is a clear error")
    func inaccessible() async throws {
        try Data().write(to: URL(fileURLWithPath: "\(directory.path)/gateway"))
        let error = await #expect(throws: PrivateDatabaseError.self) { try await open() }
        #expect(error?.code == .inaccessible)
        #expect(error?.description.contains(directory.path) == true)
    }

    @Test("Sessions that another process ends are gone here soon after")
    func otherProcess() async throws {
        let here = try await open()
        let (token, _) = try await here.create(for: .bob, userAgent: "", address: "")
        let (other, _) = try await here.create(for: .ada, userAgent: "", address: "")
        let ended = try await SQLiteSessionStore.endSessions(
            of: SessionOwner(.bob), path: path, logger: quietLogger)
        #expect(ended == 1)
        while try await here.peek(token: token) != nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try await here.peek(token: other) != nil)
        try await here.close()
    }

    @Test("Ending sessions where there is no database makes none")
    func endWithoutDatabase() async throws {
        let ended = try await SQLiteSessionStore.endSessions(
            of: SessionOwner(.bob), path: path, logger: quietLogger)
        #expect(ended == 0)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("After a restart with the wall clock set back, a session lives no longer than a whole period")
    func restartWithClockSetBack() async throws {
        let first = try await open()
        let (token, _) = try await first.create(for: .ada, userAgent: "", address: "")
        try await first.close()
        clock.setWall(by: -30 * 86400)
        let second = try await open()
        #expect(try await second.peek(token: token) != nil)
        clock.advance(12 * 3600)
        #expect(try await second.peek(token: token) == nil)
        try await second.close()
    }

    @Test("A flood of begun sign-ins is refused beyond a bound, and signing out still works")
    func overload() async throws {
        let store = try await open()
        let (token, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let wall = clock.now.wall
        let codes = await withTaskGroup(of: SessionStoreError.Code?.self) { group in
            for number in 0..<2000 {
                let flow = SignInFlow(
                    state: "s\(number)", provider: "github", verifier: "v", returnTo: "/", redirectURI: "u",
                    created: wall)
                group.addTask {
                    do {
                        try await store.begin(flow: flow, browser: "b\(number)")
                        return nil
                    } catch {
                        return (error as? SessionStoreError)?.code ?? .unavailable
                    }
                }
            }
            try? await store.end(token: token)
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(codes == [nil, .overloaded])
        #expect(try await store.peek(token: token) == nil)
        try await store.close()
    }

    @Test("A closed store throws and finds nothing, and closing again is no error")
    func closed() async throws {
        let store = try await open()
        let (token, _) = try await store.create(for: .ada, userAgent: "", address: "")
        try await store.close()
        try await store.close()
        #expect(try await store.session(for: token) == nil)
        let error = await #expect(throws: SessionStoreError.self) {
            try await store.create(for: .ada, userAgent: "", address: "")
        }
        #expect(error?.code == .closed)
    }
}

/// Keeps what is logged as errors.
private final class RecordingLog: Sendable {
    private let lines = Mutex<[String]>([])
    var errors: [String] { lines.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            if event.level >= .error { log.lines.withLock { $0.append("\(event.message)") } }
        }
    }
}
