/// Something about the way from a browser to the gateway that should be otherwise, and the line that mends it.
package struct ProxyFinding: Sendable, Equatable {
    package enum Level: String, Sendable {
        /// Somebody cannot get in, or anybody can claim to be anybody.
        case wrong
        /// It works; it could be better.
        case advice
    }

    package let level: Level
    /// The option that it is about.
    package let option: String
    /// One sentence.
    package let text: String
    /// What to set, as on the command line, or nil when nothing can be named.
    package let fix: String?

    init(_ level: Level, _ option: String, _ text: String, fix: String? = nil) {
        self.level = level
        self.option = option
        self.text = text
        self.fix = fix
    }
}
