/// Text of rules, without the blanks around it.
enum RuleText {
    static func trimmed(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

/// Mail services where anybody gets an address: a rule for such a domain would match everybody.
enum OpenMailDomains {
    private static let domains: Set<String> = [
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com",
        "aol.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "gmx.com", "gmx.de", "gmx.net",
        "web.de", "mail.com", "mail.ru", "yandex.com", "yandex.ru", "qq.com", "163.com", "126.com", "zoho.com",
        "fastmail.com", "tutanota.com", "users.noreply.github.com",
    ]

    static func refusal(_ domain: String) -> String? {
        guard domains.contains(domain) else { return nil }
        return "anybody can get an address at \(domain), so the rule would match everybody; name the addresses instead"
    }
}
