/// The text of an htpasswd file: `name:hash` lines, blank lines and `#` comments. What follows a second colon is a
/// comment too, as nginx has it.
struct PasswordFile: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        let name: String
        let hash: PasswordHash
    }

    static let maximumBytes = 1 << 20
    static let maximumUsers = 10_000

    let entries: [Entry]

    /// Reads all or nothing: one bad line makes the whole file invalid.
    /// - Parameter path: for the message of an error.
    init(_ bytes: [UInt8], path: String) throws(PasswordFileError) {
        var problems: [PasswordFileError.Problem] = []
        var entries: [Entry] = []
        var lines: [[UInt8]: Int] = [:]
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            let line = line.last == 0x0D ? line.dropLast() : line
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) || line.first == UInt8(ascii: "#") { continue }
            do throws(LineProblem) {
                let entry = try Self.entry(line)
                if let first = lines.updateValue(number, forKey: Array(entry.name.utf8)) {
                    throw LineProblem(user: entry.name, reason: "the same name is in line \(first) already")
                }
                entries.append(entry)
            } catch {
                problems.append(PasswordFileError.Problem(line: number, user: error.user, reason: error.reason))
            }
        }
        if entries.count > Self.maximumUsers {
            problems.append(
                PasswordFileError.Problem(line: 0, user: nil, reason: "more than \(Self.maximumUsers) users"))
        }
        guard problems.isEmpty else { throw PasswordFileError(path: path, problems: problems) }
        self.entries = entries
    }

    private struct LineProblem: Error {
        let user: String?
        let reason: String
    }

    private static func entry(_ line: ArraySlice<UInt8>) throws(LineProblem) -> Entry {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw LineProblem(user: nil, reason: "there is no `name:hash`")
        }
        // Only names that a Basic field can carry are of use.
        guard let name = String(validating: line[..<colon], as: UTF8.self),
            BasicCredentials(user: name, password: "") != nil, name.utf8.count <= 255
        else {
            throw LineProblem(user: nil, reason: "the name is empty, too long, not UTF-8 or has control characters")
        }
        let field = line[(colon + 1)...].prefix { $0 != UInt8(ascii: ":") }
        do throws(PasswordHashRefusal) {
            return Entry(name: name, hash: try PasswordHash(parsing: String(decoding: field, as: UTF8.self)))
        } catch {
            throw LineProblem(user: name, reason: "\(error). Make a new entry with `calyx password \(name)`")
        }
    }
}

/// Everything that is wrong with a password file.
package struct PasswordFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package struct Problem: Sendable, Equatable {
        /// From 1; 0 when it is about the whole file.
        package let line: Int
        package let user: String?
        package let reason: String
    }

    package let path: String
    package let problems: [Problem]

    package var description: String {
        let shown = problems.prefix(20).map { problem in
            let line = problem.line > 0 ? "line \(problem.line): " : ""
            return "\(path): \(line)\(problem.user.map { "user \($0): " } ?? "")\(problem.reason)"
        }
        let more = problems.count > 20 ? ["\(path): … and \(problems.count - 20) more"] : []
        return (shown + more).joined(separator: "\n")
    }
}
