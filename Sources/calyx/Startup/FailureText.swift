import NIOCore

/// What went wrong at start, for people: without a stack or a type's name.
enum FailureText {
    /// One line for each thing that is wrong.
    static func lines(_ error: any Error) -> [String] {
        let text =
            switch error {
            case let error as IOError: error.description
            case let error as any CustomStringConvertible & Error: error.description
            default: "\(error)"
            }
        return text.split(whereSeparator: \.isNewline).map { LogText.singleLine(String($0)) }
    }

    static func complain(_ error: any Error) {
        Terminal.complain(lines(error).map { "calyx: \($0)\n" }.joined())
    }
}
