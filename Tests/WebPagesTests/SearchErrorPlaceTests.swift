import Testing

@testable import WebPages

@Suite("A search error is shown at its place")
struct SearchErrorPlaceTests {
    @Test(
        "The position counts characters of the trimmed text",
        arguments: [
            ("Negation with '-' is not supported at position 10.", " name:mail -foo", "name:mail ", "-foo"),
            ("Unterminated quoted phrase at position 0.", "\"abc", "", "\"abc"),
            ("OR must be followed by a search term at position 7.", "größ OR", "größ OR", " "),
            ("Missing closing parenthesis at position 99.", "(abc", "(abc", " "),
        ])
    func place(_ message: String, _ text: String, _ before: String, _ marked: String) throws {
        let place = try #require(SearchErrorPlace(message, in: text))
        #expect(place.before == before && place.marked == marked)
    }

    @Test("An error without a position has no place")
    func noPlace() {
        #expect(SearchErrorPlace("Query exceeds 2048 characters.", in: "abc") == nil)
    }
}
