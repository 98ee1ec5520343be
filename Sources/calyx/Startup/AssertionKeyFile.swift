import Identity

/// The file with the keys that gateway and core share: the first signs, all are accepted.
enum AssertionKeyFile {
    /// Reads the keys at `path`, and makes the file with one new key when it is missing.
    static func load(_ path: String) throws(StartupError) -> AssertionKeys {
        try file(path).load { AssertionKeys($0) }
    }

    /// Whether everybody on this machine can read the file at `path`.
    static func isOpenToAll(_ path: String) -> Bool { file(path).isOpenToAll }

    private static func file(_ path: String) -> KeyFile {
        // Read by the core's user too, through a shared group.
        KeyFile(option: "assertion_key_file", path: path, mode: 0o640, shortest: AssertionKeys.minimumKeyLength)
    }
}
