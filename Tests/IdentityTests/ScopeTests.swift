import Foundation
import Identity
import Testing

@Suite("Scopes")
struct ScopeTests {
    @Test("Names are exact, a trailing star is any rest, and nothing is folded")
    func patterns() throws {
        let scope = try Scope(tasks: ["billing.*", "mail.send"], queues: [])
        for name in ["billing.charge", "billing.", "mail.send"] { #expect(scope.includes(taskName: name)) }
        for name in ["billing", "Billing.charge", "mail.send2", "mail.sen", "x.billing.charge", ""] {
            #expect(!scope.includes(taskName: name))
        }
        #expect(!scope.includes(taskName: nil))
        #expect(scope.includes(queue: nil))
    }

    @Test("Characters that look equal are different names")
    func canonicalEquivalence() throws {
        let scope = try Scope(tasks: ["caf\u{e9}"], queues: ["caf\u{e9}"])
        #expect(!scope.includes(taskName: "cafe\u{301}"))
        #expect(!scope.includes(queue: "cafe\u{301}"))
    }

    @Test("Tasks and queues must both fit, and an unknown queue fits none")
    func both() throws {
        let scope = try Scope(tasks: ["billing.*"], queues: ["money"])
        #expect(scope.includes(taskName: "billing.a", queue: "money"))
        #expect(!scope.includes(taskName: "billing.a", queue: "other"))
        #expect(!scope.includes(taskName: "billing.a", queue: nil))
        #expect(!scope.includes(taskName: "mail.a", queue: "money"))
    }

    @Test(
        "What limits nothing or is no pattern is refused",
        arguments: [
            ([], []), (["*"], []), (["a*b"], []), (["**"], []), ([""], []), (["a\nb"], []), ([], ["*"]), ([], ["q*"]),
            ([], [""]), (["a", "b*c"], ["q"]), ([String(repeating: "a", count: 256)], []),
        ] as [([String], [String])])
    func refused(_ tasks: [String], _ queues: [String]) {
        #expect(throws: ScopeError.self) { try Scope(tasks: tasks, queues: queues) }
    }

    @Test("One that does not fit into a header field is refused")
    func tooLong() {
        let names = (0..<40).map { String(repeating: "n", count: 120) + "\($0)" }
        #expect(throws: ScopeError.self) { try Scope(tasks: names, queues: []) }
    }

    @Test("The encoding is the same for the same scope, and comes back")
    func encoding() throws {
        let scope = try Scope(tasks: ["b*", "a", "b*"], queues: ["z", "y"])
        let same = try Scope(tasks: ["a", "b*"], queues: ["y", "z", "y"])
        #expect(scope == same)
        #expect(scope.encoded == same.encoded)
        #expect(Scope(encoded: scope.encoded) == scope)
        let json = try JSONEncoder().encode(scope)
        #expect(try JSONDecoder().decode(Scope.self, from: json) == scope)
    }

    @Test("No damaged or non-canonical encoding is taken for a scope")
    func damaged() throws {
        let bytes = try Scope(tasks: ["a", "b*"], queues: ["q"]).encoded
        for length in 0..<bytes.count { #expect(Scope(encoded: bytes.prefix(length)) == nil) }
        #expect(Scope(encoded: bytes + [0]) == nil)
        #expect(Scope(encoded: [0, 0, 0, 0]) == nil)
        // b* before a
        #expect(Scope(encoded: [0, 2, 0, 2, 0x62, 0x2A, 0, 1, 0x61, 0, 0] as [UInt8]) == nil)
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(Scope.self, from: Data(#"{"tasks": [], "queues": []}"#.utf8))
        }
    }
}
