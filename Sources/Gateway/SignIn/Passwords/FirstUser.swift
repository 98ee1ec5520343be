import Foundation
import Glibc

/// The user of a fresh installation, `admin`, whose password is generated, printed once and kept only as a hash.
package enum FirstUser {
    package static let name = "admin"

    /// The file below the state directory, in the form of an htpasswd file.
    package static func file(stateDirectory: String) -> String { "\(stateDirectory)/gateway/users" }

    /// Makes `admin` when there is no such file yet. Blocks.
    /// - Returns: the password to print, nil when there are users already.
    package static func createIfMissing(
        stateDirectory: String
    ) throws(FirstUserError) -> (user: String, password: String)? {
        let path = file(stateDirectory: stateDirectory)
        if access(path, F_OK) == 0 { return nil }
        let password = GeneratedPassword.make()
        try write([(name, try hash(password))], to: path)
        return (name, password)
    }

    /// Gives a user of the file a new generated password. Where there is no file yet, `admin` is made. Blocks.
    ///
    /// Ending the user's sessions is the caller's next step.
    /// - Returns: the password to print.
    package static func resetPassword(of user: String, stateDirectory: String) throws(FirstUserError) -> String {
        let path = file(stateDirectory: stateDirectory)
        var entries: [(name: String, hash: String)] = []
        if access(path, F_OK) == 0 {
            do throws(PasswordFileError) {
                entries = try PasswordFileReader.read(path).file.entries.map { ($0.name, $0.hash.encoded) }
            } catch {
                throw FirstUserError(.unreadable, "\(error)")
            }
        }
        let password = GeneratedPassword.make()
        let hash = try hash(password)
        if let index = entries.firstIndex(where: { $0.name.utf8.elementsEqual(user.utf8) }) {
            entries[index].hash = hash
        } else if entries.isEmpty, user == name {
            entries = [(name, hash)]
        } else {
            let names = entries.isEmpty ? name : entries.map(\.name).joined(separator: ", ")
            throw FirstUserError(
                .unknownUser,
                """
                There is no user \(user) in \(path); there is: \(names). Users of --basic_auth and --basic_auth_file \
                are changed there.
                """)
        }
        try write(entries, to: path)
        return password
    }

    private static func hash(_ password: String) throws(FirstUserError) -> String {
        guard let hash = PasswordHash.make(of: Array(password.utf8)) else {
            throw FirstUserError(.hashingFailed, "The system's crypt(3) cannot make a yescrypt hash")
        }
        return hash.encoded
    }

    private static func write(_ entries: [(name: String, hash: String)], to path: String) throws(FirstUserError) {
        let lines = entries.map { "\($0.name):\($0.hash)\n" }.joined()
        let text = "# Users of Calyx. `calyx password reset USER` sets a new password.\n\(lines)"
        do throws(PrivateFile.Failure) {
            try PrivateFile.replace(path, with: Array(text.utf8))
        } catch {
            throw FirstUserError(.unwritable, "Cannot write \(path): \(error.reason)")
        }
    }
}

/// Why the file of the first user could not be made or changed.
package struct FirstUserError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable { case unknownUser, unreadable, unwritable, hashingFailed }

    package let code: Code
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
