/// A password that a program makes up: 100 random bits in groups that are easy to read and to type.
enum GeneratedPassword {
    /// 32 digits and letters, without i, l, o and u, as in Crockford's base 32.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    private static let groups = 5
    private static let groupLength = 4

    /// Five groups of four: `k7fq-2mxd-90ra-jwh3-tz5c`.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<groups).map { _ in
            String((0..<groupLength).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
        }.joined(separator: "-")
    }
}
