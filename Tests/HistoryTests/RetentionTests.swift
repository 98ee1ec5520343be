import ClusterState
import Testing

@testable import History

@Suite("Retention")
struct RetentionTests {
    private static let now = 1_000_000.0

    @Test("Tasks go by age, some names by another", arguments: EngineKind.allCases)
    func age(kind: EngineKind) throws {
        let test = try kind.make(
            retention: Retention(age: 1000, ageByName: ["keep.long": 10_000, "keep.short": 100]))
        var tasks: [TaskSnapshot] = []
        for (index, name) in ["plain", "keep.long", "keep.short"].enumerated() {
            for age in stride(from: 50.0, to: 20_000, by: 50) {
                tasks.append(.example("t\(index)-\(Int(age))", at: Self.now - age, name: name))
            }
        }
        try test.write(tasks.shuffled())
        try test.tendAll(at: Self.now)
        func ages(_ name: String) throws -> [Double] {
            var query = TaskQuery(limit: 10_000)
            query.name = name
            return try test.engine.tasks(query, at: Self.now).tasks.map { Self.now - ($0.timestamp ?? 0) }
        }
        #expect(try ages("plain").max() == 1000)
        #expect(try ages("plain").count == 20)
        #expect(try ages("keep.long").max() == 10_000)
        #expect(try ages("keep.short").max() == 100)
        #expect(try test.engine.size().tasks == 20 + 200 + 2)
    }

    @Test("The oldest go when there is too much, and the index of what is gone goes too")
    func bytes() throws {
        let test = try EngineKind.sqlite.make(retention: Retention(bytes: 2 << 20))
        let text = String(repeating: "lorem ipsum ", count: 100)
        for round in 0..<10 {
            try test.write(
                (0..<500).map {
                    .example("t\(round)-\($0)", at: Self.now - 1000 + Double(round), args: "('\(text) \($0)',)")
                })
            try test.tendAll(at: Self.now + Double(round) * 100)
        }
        let size = try test.engine.size()
        #expect(size.bytes <= 2 << 20)
        #expect(size.tasks > 100)
        #expect(try test.ids().first?.hasPrefix("t9-") == true)
        #expect(try test.ids(TaskQuery(limit: 100_000)).contains { $0.hasPrefix("t0-") } == false)
    }

    @Test("Erased tasks are gone from the table, the index and the texts")
    func erase() throws {
        let test = try EngineKind.sqlite.make()
        let engine = try #require(test.engine as? SQLiteHistory)
        var secret = TaskSnapshot.example("gone", .failure, at: 1000, args: "('person-4711',)")
        secret.traceback = "Traceback of person-4711"
        try test.write([secret, .example("stays", at: 1001, args: "('person-4712',)")])
        try test.tendAll()
        #expect(try engine.erase(SearchExpression("person-4711"), at: 2000) { _ in } == 1)
        #expect(try test.ids() == ["stays"])
        #expect(try test.search("person-4711") == [])
        #expect(try test.search("person-4712") == ["stays"])
        #expect(try engine.facts().texts == 0)
        #expect(try engine.verify { _ in }.isEmpty)
    }
}
