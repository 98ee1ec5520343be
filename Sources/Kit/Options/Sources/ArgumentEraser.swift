import Glibc

/// Overwrites the secrets in the process's own arguments, where `ps` and `/proc` show them to everybody on the machine.
package enum ArgumentEraser {
    /// Puts `x` over the values that `parsed` marks. Indexes of `parsed` count from the argument after the program's name.
    package static func erase(_ parsed: ParsedArguments) {
        erase(parsed, in: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    }

    static func erase(
        _ parsed: ParsedArguments, in arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int
    ) {
        for secret in parsed.secrets where secret.argument + 1 < count {
            guard let text = arguments[secret.argument + 1] else { continue }
            let length = strlen(text)
            for index in secret.offset..<max(secret.offset, length) { text[index] = CChar(UInt8(ascii: "x")) }
        }
    }
}
