import Glibc
import Identity
import Options

/// The file with the keys that gateway and core share: one per line, the first signs, all are accepted.
enum AssertionKeyFile {
    /// Reads the keys at `path`, and makes the file with one new key when it is missing.
    static func load(_ path: String) throws(StartupError) -> AssertionKeys {
        if let keys = try read(path) { return keys }
        try create(path)
        guard let keys = try read(path) else { throw StartupError("assertion_key_file: \(path) vanished") }
        return keys
    }

    /// Whether everybody on this machine can read the file at `path`.
    static func isOpenToAll(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o007 != 0
    }

    /// Nil when there is no such file.
    private static func read(_ path: String) throws(StartupError) -> AssertionKeys? {
        let text: String
        do throws(SmallFile.Failure) {
            text = try SmallFile.text(at: path)
        } catch {
            if error.isMissing { return nil }
            throw StartupError("assertion_key_file: cannot read \(path): \(error.reason)")
        }
        let secrets = text.split(whereSeparator: \.isNewline).map { Array($0.utf8) }
        guard let keys = AssertionKeys(secrets) else {
            throw StartupError(
                "assertion_key_file: \(path) has no key, or one that is too short; each line is a key of at least "
                    + "\(AssertionKeys.minimumKeyLength) characters")
        }
        return keys
    }

    /// Makes the file with its content in one step, so that two processes that start together agree on one key.
    private static func create(_ path: String) throws(StartupError) {
        var random = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let line = Array((Base64URL.encode(secret) + "\n").utf8)
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw failure(path) }
        defer { unlink(temporary) }
        // The mode that the umask left may be too little for the group.
        let written = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isDone = written == line.count && fchmod(descriptor, 0o640) == 0 && fsync(descriptor) == 0
        close(descriptor)
        guard isDone else { throw failure(path) }
        guard link(temporary, path) == 0 || errno == EEXIST else { throw failure(path) }
    }

    private static func failure(_ path: String) -> StartupError {
        StartupError("assertion_key_file: cannot make \(path): \(String(cString: strerror(errno)))")
    }
}
