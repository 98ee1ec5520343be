/// The hash formats that are accepted, all computed by the system's crypt(3).
enum PasswordHashFormat: Sendable, Equatable {
    case bcrypt, yescrypt, scrypt, sha512crypt

    /// One sign-in may not cost more than about a second or this much memory.
    private static let maximumMemory = 256 << 20
    private static let bcryptCosts = 4...15
    private static let sha512Rounds = 1000...2_000_000

    /// The format of a stored hash, checked to the last character.
    init(of text: String) throws(PasswordHashRefusal) {
        let bytes = Array(text.utf8)
        let fields = bytes.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        // `$id$…`: the text before the first dollar is empty.
        guard fields.count >= 3, fields[0].isEmpty else { throw Self.refusal(withoutDollars: text) }
        switch String(decoding: fields[1], as: UTF8.self) {
        case "2a", "2b", "2y":
            try Self.checkBcrypt(bytes, fields)
            self = .bcrypt
        case "y":
            try Self.checkYescrypt(fields)
            self = .yescrypt
        case "7":
            try Self.checkScrypt(fields)
            self = .scrypt
        case "6":
            try Self.checkSHA512(fields)
            self = .sha512crypt
        case "apr1", "1": throw .weak("MD5")
        case "5": throw .unsupported("sha256crypt")
        case "2x", "2": throw .weak("an old, faulty bcrypt (\"$2x$\")")
        default: throw .unsupported("this kind of hash")
        }
    }

    /// Whether the format hashes all of `password`: bcrypt reads 72 bytes, crypt(3) 511, and both end at a NUL.
    func accepts(_ password: [UInt8]) -> Bool {
        password.count <= (self == .bcrypt ? 72 : 511) && !password.contains(0)
    }

    private static func refusal(withoutDollars text: String) -> PasswordHashRefusal {
        if text.isEmpty { return .malformed("the password is missing") }
        if text.hasPrefix("{SHA}") || text.hasPrefix("{SSHA}") { return .weak("SHA-1") }
        return .weak("clear text or DES")
    }

    private static func checkBcrypt(_ bytes: [UInt8], _ fields: [ArraySlice<UInt8>]) throws(PasswordHashRefusal) {
        guard fields.count == 4, fields[2].count == 2, fields[3].count == 53, fields[3].allSatisfy(isHashCharacter),
            let cost = number(fields[2])
        else { throw .malformed("a bcrypt hash has 60 characters, this one is cut or changed") }
        guard bcryptCosts.contains(cost) else {
            throw .malformed("bcrypt's cost \(cost) is outside \(bcryptCosts.lowerBound)–\(bcryptCosts.upperBound)")
        }
    }

    /// `$y$` flavour, log2 N, r, each one character, `$` salt `$` hash, as crypt_gensalt(3) makes it.
    private static func checkYescrypt(_ fields: [ArraySlice<UInt8>]) throws(PasswordHashRefusal) {
        guard fields.count == 5, fields[2].count == 3, fields[2].first == UInt8(ascii: "j"), fields[4].count == 43,
            fields[3].allSatisfy(isHashCharacter), fields[4].allSatisfy(isHashCharacter),
            let logN = fields[2].dropFirst().first.flatMap(value(of:)),
            let blockSize = fields[2].last.flatMap(value(of:))
        else { throw .malformed("the yescrypt hash is cut or changed") }
        try checkMemory(logN: logN + 1, blockSize: blockSize + 1)
    }

    /// `$7$` log2 N as one character, r and p as five, salt, `$` hash.
    private static func checkScrypt(_ fields: [ArraySlice<UInt8>]) throws(PasswordHashRefusal) {
        let parameters = fields[2].prefix(11)
        guard fields.count == 4, parameters.count == 11, fields[2].allSatisfy(isHashCharacter), fields[3].count == 43,
            fields[3].allSatisfy(isHashCharacter), let logN = parameters.first.flatMap(value(of:)),
            let blockSize = littleEndian(parameters.dropFirst().prefix(5)),
            let lanes = littleEndian(parameters.suffix(5)),
            (1...4).contains(lanes)
        else { throw .malformed("the scrypt hash is cut or changed") }
        try checkMemory(logN: logN, blockSize: blockSize)
    }

    private static func checkSHA512(_ fields: [ArraySlice<UInt8>]) throws(PasswordHashRefusal) {
        var rest = fields.dropFirst(2)
        if let first = rest.first, first.starts(with: "rounds=".utf8) {
            guard let rounds = number(first.dropFirst(7)), sha512Rounds.contains(rounds) else {
                throw .malformed(
                    "sha512crypt's rounds are outside \(sha512Rounds.lowerBound)–\(sha512Rounds.upperBound)")
            }
            rest = rest.dropFirst()
        }
        guard rest.count == 2, let salt = rest.first, let hash = rest.last, (1...16).contains(salt.count),
            salt.allSatisfy(isHashCharacter), hash.count == 86, hash.allSatisfy(isHashCharacter)
        else { throw .malformed("the sha512crypt hash is cut or changed") }
    }

    private static func checkMemory(logN: Int, blockSize: Int) throws(PasswordHashRefusal) {
        guard (1...30).contains(logN), (1...1024).contains(blockSize), blockSize << (logN + 7) <= maximumMemory else {
            throw .malformed("its cost needs more than \(maximumMemory >> 20) MiB for each sign-in")
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...9).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Six bits per character, the lowest first.
    private static func littleEndian(_ characters: ArraySlice<UInt8>) -> Int? {
        var result = 0
        for (index, character) in characters.enumerated() {
            guard let value = value(of: character) else { return nil }
            result |= value << (6 * index)
        }
        return result
    }

    private static func isHashCharacter(_ byte: UInt8) -> Bool { value(of: byte) != nil }

    /// crypt(3)'s base-64 digits: `./0-9A-Za-z`.
    private static func value(of character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "."): 0
        case UInt8(ascii: "/"): 1
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character - UInt8(ascii: "0")) + 2
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character - UInt8(ascii: "A")) + 12
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character - UInt8(ascii: "a")) + 38
        default: nil
        }
    }
}

/// Why a stored hash is not accepted, with nothing of the hash itself: it may be a password in clear text.
enum PasswordHashRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Easily reversed.
    case weak(String)
    case unsupported(String)
    case malformed(String)

    var description: String {
        switch self {
        case .weak(let kind): "\(kind) does not protect a password"
        case .unsupported(let kind): "\(kind) is not supported"
        case .malformed(let reason): reason
        }
    }
}
