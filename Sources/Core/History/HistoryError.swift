/// Why history does not answer or take anything: one sentence without secrets that names what to do.
package struct HistoryError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The file or server cannot be reached now; later it may.
        case unavailable
        /// There is no room on the disk, or `--db_max_size` is reached and nothing may go.
        case full
        case readOnly
        /// The file is ours and broken.
        case damaged
        /// Written by a later version.
        case newerSchema
        /// A file of another program.
        case foreign
        /// Too many questions wait.
        case overloaded
        /// The question itself cannot be answered.
        case invalid
    }

    package let kind: Kind
    package let message: String
    package var description: String { message }

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
