/// Why a database file cannot be used, in words for whoever starts the program.
package struct PrivateDatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The file was written by a later version of the program.
        case newerSchema
        /// The file is a database of something else.
        case foreignDatabase
        /// The file or its directory cannot be created, read, written or moved.
        case inaccessible
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
