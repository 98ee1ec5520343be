import Testing

@testable import WebPages

@Suite("Times and durations as text")
struct UTCTimeTests {
    @Test(
        "A moment reads as the calendar has it",
        arguments: [
            (0, "1970-01-01 00:00:00.000 UTC"),
            (1_795_344_456.758, "2026-11-22 10:47:36.758 UTC"),
            (951_782_400, "2000-02-29 00:00:00.000 UTC"),
            (-1, "1969-12-31 23:59:59.000 UTC"),
            (253_402_300_798, "9999-12-31 23:59:58.000 UTC"),
        ])
    func full(_ seconds: Double, _ text: String) {
        #expect(UTCTime(seconds)?.full == text)
    }

    @Test(
        "What no calendar has is nil", arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300, 253_402_300_800])
    func impossible(_ seconds: Double) {
        #expect(UTCTime(seconds) == nil)
    }

    @Test(
        "A duration carries its unit",
        arguments: [
            (0.000_4, "0.4 ms"), (0.025_58, "25.6 ms"), (0.25, "250 ms"), (3.014, "3.01 s"), (42.04, "42.0 s"),
            (59.996, "1m 00s"), (82, "1m 22s"), (3723, "1h 02m 03s"), (273_600, "3d 04h"), (-0.5, "−500 ms"),
            (.nan, "?"), (.infinity, "?"), (1e300, "?"),
        ])
    func duration(_ seconds: Double, _ text: String) {
        #expect(Amounts.duration(seconds) == text)
    }

    @Test(
        "Large counts are grouped",
        arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_204_554, "1,204,554"), (-1000, "-1,000")])
    func count(_ value: Int, _ text: String) {
        #expect(Amounts.count(value) == text)
    }
}
