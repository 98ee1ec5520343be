import Logging
import SignIn

/// Reads a password file as the gateway would, and throws what is wrong with it.
enum PasswordFileCheck {
    static func run(_ path: String) throws {
        var quiet = Logger(label: "check")
        quiet.logLevel = .critical
        _ = try PasswordAuthenticator(file: path, logger: quiet)
    }
}
