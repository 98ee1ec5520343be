import Glibc
import Identity
import Options

/// A file with keys, one per line: the first is used, all are accepted, so that a key can be changed without a gap.
struct KeyFile {
    /// The option that names it.
    let option: String
    let path: String
    /// Of a file that is made.
    let mode: mode_t
    /// Characters that a key has at least.
    let shortest: Int

    /// What `make` makes of the keys; nil from it means that they are no good. A file that is missing is made, with one new
    /// key.
    func load<Keys>(_ make: ([[UInt8]]) -> Keys?) throws(StartupError) -> Keys {
        if let keys = try read(make) { return keys }
        try create()
        guard let keys = try read(make) else { throw StartupError("\(option): \(path) vanished") }
        return keys
    }

    /// Whether everybody on this machine can read it.
    var isOpenToAll: Bool {
        SmallFile.isOpenToAll(path)
    }

    /// Nil when there is no such file.
    private func read<Keys>(_ make: ([[UInt8]]) -> Keys?) throws(StartupError) -> Keys? {
        let text: String
        do throws(SmallFile.Failure) {
            text = try SmallFile.text(at: path)
        } catch {
            if error.isMissing { return nil }
            throw StartupError("\(option): cannot read \(path): \(error.reason)")
        }
        let secrets = text.split(whereSeparator: \.isNewline).map { Array($0.utf8) }
        guard let keys = make(secrets) else {
            throw StartupError(
                "\(option): \(path) has no key, or one that is too short; each line is a key of at least "
                    + "\(shortest) characters")
        }
        return keys
    }

    /// Makes the file with its content in one step, so that two processes that start together agree on one key.
    private func create() throws(StartupError) {
        var random = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let line = Array((Base64URL.encode(secret) + "\n").utf8)
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure }
        defer { unlink(temporary) }
        // The mode that the umask left may be too little for the group.
        let written = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isDone = written == line.count && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0
        close(descriptor)
        guard isDone else { throw failure }
        guard link(temporary, path) == 0 || errno == EEXIST else { throw failure }
    }

    private var failure: StartupError {
        StartupError("\(option): cannot make \(path): \(String(cString: strerror(errno)))")
    }
}
