import Testing

@testable import CeleryProtocol

@Suite("Dates of the calendar")
struct CivilDateTests {
    @Test(
        "A date is so many days from 1970-01-01, and back",
        arguments: [
            (0, 1970, 1, 1), (-1, 1969, 12, 31), (31, 1970, 2, 1), (11_016, 2000, 2, 29), (11_017, 2000, 3, 1),
            (20_779, 2026, 11, 22), (-25_567, 1900, 1, 1), (-719_162, 1, 1, 1), (2_932_896, 9999, 12, 31),
        ] as [(Int64, Int64, Int64, Int64)])
    func known(_ days: Int64, _ year: Int64, _ month: Int64, _ day: Int64) {
        let date = CivilDate(year: year, month: month, day: day)
        #expect(date.daysSinceEpoch == days)
        #expect(CivilDate(daysSinceEpoch: days) == date)
    }

    @Test("Every day of eight centuries comes back")
    func roundTrip() {
        let wrong = (Int64(-150_000)...150_000).filter { CivilDate(daysSinceEpoch: $0).daysSinceEpoch != $0 }
        #expect(wrong.isEmpty)
    }
}
