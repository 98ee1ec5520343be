import Logging
import SignIn

/// Reads a password file as the gateway would, and throws what is wrong with it.
enum PasswordFileCheck {
    static func run(_ path: String) throws {
        _ = try PasswordAuthenticator(file: path, logger: quiet)
    }

    static func has(_ user: String, in path: String) -> Bool {
        (try? PasswordAuthenticator(file: path, logger: quiet))?.hasUser(user) ?? false
    }

    private static var quiet: Logger {
        var logger = Logger(label: "check")
        logger.logLevel = .critical
        return logger
    }
}
