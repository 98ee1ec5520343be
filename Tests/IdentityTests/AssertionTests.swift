import Identity
import Testing

@Suite("Request assertions")
struct AssertionTests {
    let keys = AssertionKeys([Array(repeating: 7, count: 32)])
    let assertion = RequestAssertion(
        principal: Principal(
            provider: "github", subject: "4711", name: "ada", email: "ada@example.com", role: .operator),
        method: "GET", path: "/api/workers", prefix: "/flower", csrfToken: "t", requestID: "r-1", expires: 1030)

    @Test("What is signed comes back whole")
    func roundTrip() throws {
        let keys = try #require(keys)
        let value = keys.sign(assertion)
        #expect(try keys.verify(value, method: "GET", path: "/api/workers", now: 1000) == assertion)
    }

    @Test("A scope is signed along; whoever has none is asserted as before")
    func scoped() throws {
        let keys = try #require(keys)
        var scoped = assertion
        scoped.principal.scope = try Scope(tasks: ["billing.*"], queues: ["money"])
        let value = keys.sign(scoped)
        #expect(value.hasPrefix("2."))
        #expect(try keys.verify(value, method: "GET", path: "/api/workers", now: 1000) == scoped)
        #expect(keys.sign(assertion).hasPrefix("1."))
        // Neither version passes for the other: the signature covers it.
        #expect(throws: AssertionError.badSignature) {
            try keys.verify("1" + value.dropFirst(), method: "GET", path: "/api/workers", now: 1000)
        }
    }

    @Test("The longest scope and a long path fit")
    func longest() throws {
        let keys = try #require(keys)
        var scoped = assertion
        scoped.path = "/task/" + String(repeating: "x", count: 4000)
        scoped.principal.scope = try Scope(
            tasks: (10..<43).map { String(repeating: "n", count: 120) + "\($0)" }, queues: [])
        let value = keys.sign(scoped)
        #expect(try keys.verify(value, method: "GET", path: scoped.path, now: 1000) == scoped)
    }

    @Test("It holds for its own method and path only")
    func boundToRequest() throws {
        let keys = try #require(keys)
        let value = keys.sign(assertion)
        #expect(throws: AssertionError.otherRequest) {
            try keys.verify(value, method: "POST", path: "/api/workers", now: 1000)
        }
        #expect(throws: AssertionError.otherRequest) {
            try keys.verify(value, method: "GET", path: "/api/worker", now: 1000)
        }
    }

    @Test("It ends at its expiry, and one that lives too long is refused")
    func expiry() throws {
        let keys = try #require(keys)
        let value = keys.sign(assertion)
        #expect(throws: AssertionError.expired) {
            try keys.verify(value, method: "GET", path: "/api/workers", now: 1030)
        }
        #expect(throws: AssertionError.lifetimeTooLong) {
            try keys.verify(value, method: "GET", path: "/api/workers", now: 0)
        }
    }

    @Test("Every changed character is noticed")
    func tampering() throws {
        let keys = try #require(keys)
        let value = Array(keys.sign(assertion).utf8)
        for index in value.indices {
            var changed = value
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: AssertionError.self) {
                try keys.verify(
                    String(decoding: changed, as: UTF8.self), method: "GET", path: "/api/workers", now: 1000)
            }
        }
    }

    @Test("During rotation both keys verify, the first signs, and a stranger's key does not")
    func rotation() throws {
        let old = Array(repeating: UInt8(1), count: 32)
        let new = Array(repeating: UInt8(2), count: 32)
        let before = try #require(AssertionKeys([old]))
        let during = try #require(AssertionKeys([new, old]))
        let after = try #require(AssertionKeys([new]))
        let oldValue = before.sign(assertion)
        #expect(try during.verify(oldValue, method: "GET", path: "/api/workers", now: 1000) == assertion)
        #expect(throws: AssertionError.unknownKey) {
            try after.verify(oldValue, method: "GET", path: "/api/workers", now: 1000)
        }
        #expect(try after.verify(during.sign(assertion), method: "GET", path: "/api/workers", now: 1000) == assertion)
    }

    @Test("A short key or none is refused", arguments: [[], [[UInt8](repeating: 0, count: 31)]])
    func weakKeys(_ secrets: [[UInt8]]) { #expect(AssertionKeys(secrets) == nil) }

    @Test(
        "Rubbish is refused", arguments: ["", ".", "1...", "1.a.b.c", "2.x.y.z", String(repeating: "a", count: 9000)])
    func rubbish(_ value: String) throws {
        let keys = try #require(keys)
        #expect(throws: AssertionError.self) { try keys.verify(value, method: "GET", path: "/", now: 0) }
    }
}

@Suite("Base64 for URLs")
struct Base64URLTests {
    @Test("Bytes of every length survive", arguments: 0..<70)
    func roundTrip(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
    }

    @Test(
        "Foreign characters, impossible lengths and stray bits are refused",
        arguments: ["A", "AA=", "A+", "AB", "AAAAA"])
    func strict(_ text: String) { #expect(Base64URL.decode(text.utf8) == nil) }
}

@Suite("Permissions")
struct PermissionTests {
    @Test(
        "Each route asks for its role",
        arguments: [
            ("GET", "/api/workers", Role.viewer), ("POST", "/api/task/revoke/x", .operator),
            ("POST", "/api/worker/shutdown/w", .admin), ("POST", "/api/worker/pool/restart/w", .admin),
            ("POST", "/api/worker/pool/grow/w", .operator), ("DELETE", "/anything", .admin),
            ("POST", "/tasks/datatable", .viewer),
        ])
    func table(_ method: String, _ path: String, _ role: Role) {
        #expect(Permission.requiredRole(method: method, path: path) == role)
    }
}
