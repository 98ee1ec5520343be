import Options
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A new empty directory that is removed when the value goes.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/calyx-options-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = try #require(made)
    }

    deinit {
        for name in files { unlink(path + "/" + name) }
        rmdir(path)
    }

    private var files: [String] = []

    func write(_ name: String, _ text: String) throws {
        files.append(name)
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        try #require(written == bytes.count)
    }
}

/// Loads settings from a command line, an environment and files, with a state directory that is never touched.
func load(
    _ arguments: [String] = [], environment: [String: String] = [:], files: [String: String] = [:]
) throws -> LoadedSettings {
    let directory = try TemporaryDirectory()
    for (name, text) in files { try directory.write(name, text) }
    var environment = environment
    environment["STATE_DIRECTORY"] = environment["STATE_DIRECTORY"] ?? "/var/lib/example"
    return Settings.load(ArgumentParser.parse(arguments), environment: environment, directory: directory.path)
}

extension LoadedSettings {
    var lines: [String] { problems.map(\.line) }

    func notes(_ part: String) -> Bool { notices.contains { $0.line.contains(part) } }
}
