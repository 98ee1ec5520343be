/// Why a session store cannot do what it is asked. Whoever asked must then refuse.
package struct SessionStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Too many changes wait already.
        case overloaded
        /// The store was closed.
        case closed
        /// The store does not answer, or not as it should.
        case unavailable
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
