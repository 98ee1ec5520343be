import Glibc
import Options

/// What the program says outside of its log.
enum Terminal {
    /// To standard output.
    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// To standard error.
    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    /// One line per problem.
    static func report(_ problems: [OptionProblem]) {
        complain(problems.map { "calyx: \($0.line)\n" }.joined())
    }

    /// A line typed by a person, without showing it when standard input is a terminal. Nil at the end of input.
    static func readSecret(prompt: String) -> String? {
        var saved = termios()
        let isTerminal = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &saved) == 0
        if isTerminal {
            complain(prompt)
            var silent = saved
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        }
        defer {
            if isTerminal {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
                complain("\n")
            }
        }
        return readLine(strippingNewline: true)
    }

    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
