import CCrypt
import Crypto
import Glibc

/// A hashed password in the form of crypt(3). Hashing takes tens of milliseconds: never on an event loop.
struct PasswordHash: Sendable, Equatable {
    let format: PasswordHashFormat
    private let text: String

    /// A stored hash of a format that is good enough and whose cost this program is ready to pay.
    init(parsing text: String) throws(PasswordHashRefusal) {
        format = try PasswordHashFormat(of: text)
        self.text = text
    }

    private init(format: PasswordHashFormat, text: String) {
        self.format = format
        self.text = text
    }

    /// The hash of a new password, with a salt of its own, in the format that Debian and Ubuntu use themselves.
    ///
    /// Nil when the password is empty, too long for crypt(3) or contains a NUL.
    /// - Parameter name: for a hash that is the same after a restart, and stays in memory: the salt is made from it.
    static func make(of password: [UInt8], saltedBy name: String? = nil) -> PasswordHash? {
        guard !password.isEmpty, PasswordHashFormat.yescrypt.accepts(password) else { return nil }
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let bytes = name.map { Array(SHA256.hash(data: Array("calyx basic_auth 1 \($0)".utf8))) } ?? []
        let isMade = bytes.withUnsafeBufferPointer { bytes in
            // Without bytes of ours crypt_gensalt takes random ones from the system.
            bytes.withMemoryRebound(to: CChar.self) { salt in
                crypt_gensalt_rn(
                    "$y$", 0, name == nil ? nil : salt.baseAddress, name == nil ? 0 : Int32(min(salt.count, 16)),
                    &setting, Int32(setting.count)) != nil
            }
        }
        guard isMade else { return nil }
        let end = setting.firstIndex(of: 0) ?? setting.endIndex
        let salt = String(decoding: setting[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let hash = crypt(password, setting: salt) else { return nil }
        return try? PasswordHash(parsing: hash)
    }

    /// Whether this is the hash of `password`, compared in constant time. A password that the format would cut short
    /// never matches.
    func matches(_ password: [UInt8]) -> Bool {
        guard format.accepts(password), let computed = Self.crypt(password, setting: text) else { return false }
        let (expected, actual) = (Array(text.utf8), Array(computed.utf8))
        guard expected.count == actual.count else { return false }
        return zip(expected, actual).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The entry's text for a password file.
    var encoded: String { text }

    /// crypt_rn with scratch memory of its own, wiped afterwards; nil when it fails.
    private static func crypt(_ password: [UInt8], setting: String) -> String? {
        let size = Int(calyx_crypt_scratch_size)
        return withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { scratch -> String? in
            scratch.initializeMemory(as: UInt8.self, repeating: 0)
            var phrase = password.map { CChar(bitPattern: $0) } + [0]
            // Both hold the password: wiped in a way that is not optimised away.
            defer {
                if let bytes = scratch.baseAddress { explicit_bzero(bytes, size) }
                explicit_bzero(&phrase, phrase.count)
            }
            return crypt_rn(phrase, setting, scratch.baseAddress, Int32(size)).map { String(cString: $0) }
        }
    }
}
