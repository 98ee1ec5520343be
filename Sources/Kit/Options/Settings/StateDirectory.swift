import Glibc

/// The directory for what must survive a restart.
package struct StateDirectory: Sendable, Equatable {
    package var path: String
    /// What named it.
    package var source: String

    package init(path: String, source: String) {
        self.path = path
        self.source = source
    }

    /// Sessions, users, tokens, audit.
    package var gateway: String { path + "/gateway" }
    /// History.
    package var core: String { path + "/core" }
    package var sessionsFile: String { gateway + "/sessions.sqlite" }
    package var tokensFile: String { gateway + "/tokens.sqlite" }
    package var auditFile: String { gateway + "/audit.sqlite" }
    package var defaultSessionKeyFile: String { gateway + "/session.key" }
    package var defaultSocket: String { path + "/core.sock" }
    package var defaultKeyFile: String { path + "/assertion.key" }

    static let systemPath = "/var/lib/calyx"

    /// The option, `$STATE_DIRECTORY` (systemd), `/var/lib/calyx` when it is writable, else the user's own state
    /// directory. Nil when there is neither a writable place nor a home.
    static func choose(
        option: (path: String, source: String)?, environment: [String: String],
        isWritable: (String) -> Bool = StateDirectory.isWritable
    ) -> StateDirectory? {
        if let option { return StateDirectory(path: absolute(option.path), source: option.source) }
        // systemd writes several directories as a list with colons.
        if let first = environment["STATE_DIRECTORY"]?.split(separator: ":").first {
            return StateDirectory(path: String(first), source: "STATE_DIRECTORY")
        }
        if isWritable(systemPath) { return StateDirectory(path: systemPath, source: "default") }
        if let home = environment["XDG_STATE_HOME"], home.hasPrefix("/") {
            return StateDirectory(path: home + "/calyx", source: "XDG_STATE_HOME")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return StateDirectory(path: home + "/.local/state/calyx", source: "HOME")
    }

    package static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let directory = currentDirectory() else { return path }
        return directory + "/" + path
    }

    package static func currentDirectory() -> String? {
        guard let pointer = getcwd(nil, 0) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// Whether files can be made in `path`, or `path` itself can be made.
    static func isWritable(_ path: String) -> Bool {
        if access(path, F_OK) == 0 { return access(path, W_OK | X_OK) == 0 }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return access(parent.isEmpty ? "/" : parent, W_OK | X_OK) == 0
    }

    /// Makes the directory and `folders` in it, mode 0700. One that exists keeps its mode.
    package func prepare(_ folders: [String]) throws(StateDirectoryError) {
        for directory in [path] + folders {
            try Self.make(directory, as: self)
        }
        for directory in [path] + folders where access(directory, W_OK | X_OK) != 0 {
            throw StateDirectoryError(self, directory, errno)
        }
    }

    private static func make(_ directory: String, as state: StateDirectory) throws(StateDirectoryError) {
        if mkdir(directory, 0o700) == 0 { return }
        let failure = errno
        var status = stat()
        if stat(directory, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw StateDirectoryError(state, directory, ENOTDIR) }
            return
        }
        guard failure == ENOENT, let slash = directory.lastIndex(of: "/"), slash != directory.startIndex else {
            throw StateDirectoryError(state, directory, failure)
        }
        try make(String(directory[..<slash]), as: state)
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw StateDirectoryError(state, directory, errno)
        }
    }
}

/// The state directory cannot be used; one sentence that names it.
package struct StateDirectoryError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ state: StateDirectory, _ directory: String, _ code: Int32) {
        description =
            "state_dir (\(state.source)): cannot write to \(directory): \(String(cString: strerror(code))); "
            + "name another directory with --state_dir"
    }
}
