import SessionStore
import Testing

@Suite("Sealed secrets")
struct SealingKeysTests {
    private let old = [UInt8](repeating: 1, count: 32)
    private let new = [UInt8](repeating: 2, count: 32)

    @Test("A key is changed without a gap: the new one seals, both open, and what the old one sealed is lost with it")
    func rotation() throws {
        let before = try #require(SealingKeys([old]))
        let between = try #require(SealingKeys([new, old]))
        let after = try #require(SealingKeys([new]))
        let sealed = try before.seal([1, 2, 3], record: [9])
        #expect(try between.open(sealed, record: [9]) == [1, 2, 3])
        #expect(throws: SealingError.self) { try after.open(sealed, record: [9]) }
        #expect(try after.open(try between.seal([4], record: []), record: []) == [4])
    }

    @Test("What was sealed for one record opens for no other, and every change is noticed")
    func binding() throws {
        let keys = try #require(SealingKeys([old]))
        let sealed = try keys.seal([1, 2, 3], record: [9])
        #expect(throws: (any Error).self) { try keys.open(sealed, record: [8]) }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: (any Error).self) { try keys.open(changed, record: [9]) }
        }
        for count in 0..<sealed.count {
            #expect(throws: (any Error).self) { try keys.open(Array(sealed.prefix(count)), record: [9]) }
        }
        #expect(try keys.seal([1, 2, 3], record: [9]) != sealed)
    }

    @Test("Short keys and no keys are refused")
    func weak() {
        #expect(SealingKeys([]) == nil)
        #expect(SealingKeys([[UInt8](repeating: 1, count: 31)]) == nil)
    }
}
