/// Why the core cannot listen, in one sentence.
package struct CoreServerError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
