/// The version in an `INFO server` reply; Valkey tells the Redis version that it is compatible with.
struct ServerVersion: Equatable, Comparable, CustomStringConvertible {
    /// `ZADD GT`, which keeps reply bindings alive, and `RPOP` with a count came with it.
    static let oldestSupported = ServerVersion(major: 6, minor: 2)

    var major: Int
    var minor: Int

    var description: String { "\(major).\(minor)" }

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    init?(information: String) {
        let name = "redis_version:"
        guard let line = information.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        let numbers = line.dropFirst(name.count).split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor)
    }

    static func < (left: ServerVersion, right: ServerVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
