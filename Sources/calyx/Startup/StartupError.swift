/// Why the program cannot start, in one sentence for whoever starts it.
struct StartupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
