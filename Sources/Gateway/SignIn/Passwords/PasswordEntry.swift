/// Makes lines for password files.
package enum PasswordEntry {
    /// `name:hash` for a password file, with a yescrypt hash. Blocks for the time of one hash.
    ///
    /// Nil when the name cannot be a user name or would make the line a comment, or the password is empty, longer than 511 bytes or has a NUL.
    package static func line(name: String, password: String) -> String? {
        guard BasicCredentials(user: name, password: password) != nil, name.utf8.count <= 255, !name.hasPrefix("#"),
            let hash = PasswordHash.make(of: Array(password.utf8))
        else { return nil }
        return "\(name):\(hash.encoded)"
    }
}
