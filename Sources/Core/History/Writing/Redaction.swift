package import ClusterState

/// Takes the values of secret keys out of texts before they are stored: `{'password': 'x'}` becomes
/// `{'password': '***'}`, and so do `"password": "x"`, `password='x'` and `password=x`.
///
/// The texts are Python reprs, cut anywhere, from programs of others: everything that looks like a value behind such a
/// key goes, and what cannot be told goes with it.
package struct Redaction: Sendable, Equatable {
    /// Lower-case ASCII parts of keys: `token` is in `access_token`, too.
    package let words: [String]
    /// Whether a word begins with the byte, in either case.
    private let isFirst: [Bool]
    private let wordBytes: [[UInt8]]

    package static let usual = [
        "password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "access_key", "private_key",
        "authorization", "credential", "card", "cvv", "cvc", "iban", "ssn",
    ]
    private static let mask = Array("***".utf8)

    package init(words: [String] = Redaction.usual) {
        self.words = words.map { $0.lowercased() }.filter { !$0.isEmpty }
        wordBytes = self.words.map { Array($0.utf8) }
        var isFirst = [Bool](repeating: false, count: 256)
        for first in wordBytes.compactMap(\.first) {
            isFirst[Int(first)] = true
            if (0x61...0x7A).contains(first) { isFirst[Int(first & 0xDF)] = true }
        }
        self.isFirst = isFirst
    }

    package func apply(to task: inout TaskSnapshot) {
        guard !words.isEmpty else { return }
        apply(to: &task.args)
        apply(to: &task.kwargs)
        apply(to: &task.result)
        apply(to: &task.exception)
        apply(to: &task.traceback)
        for index in task.attempts.indices {
            apply(to: &task.attempts[index].exception)
            apply(to: &task.attempts[index].traceback)
        }
    }

    private func apply(to text: inout String?) {
        if var value = text, let redacted = value.withUTF8({ redact($0) }) { text = redacted }
    }

    /// nil when nothing had to go.
    package func redact(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { redact($0) }
    }

    private func redact(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        isFirst.withUnsafeBufferPointer { redact(text, $0) }
    }

    private func redact(_ text: UnsafeBufferPointer<UInt8>, _ isFirst: UnsafeBufferPointer<Bool>) -> String? {
        var output: [UInt8] = []
        var copied = 0
        var place = 0
        while place < text.count {
            guard isFirst[Int(text[place])], let length = word(at: place, in: text),
                let value = valueStart(after: place + length, in: text)
            else {
                place += 1
                continue
            }
            let end = valueEnd(from: value, in: text)
            let quote = text[value] == 0x27 || text[value] == 0x22 ? text[value] : nil
            output.append(contentsOf: text[copied..<value])
            if let quote { output.append(quote) }
            output.append(contentsOf: Redaction.mask)
            if let quote { output.append(quote) }
            copied = end
            place = max(end, place + 1)
        }
        guard copied > 0 else { return nil }
        output.append(contentsOf: text[copied...])
        return String(decoding: output, as: UTF8.self)
    }

    /// The length of the word that begins at `place`, in any case.
    private func word(at place: Int, in text: UnsafeBufferPointer<UInt8>) -> Int? {
        for word in wordBytes where place + word.count <= text.count {
            var length = 0
            while length < word.count {
                let own = text[place + length]
                guard (own >= 0x41 && own <= 0x5A ? own | 0x20 : own) == word[length] else { break }
                length += 1
            }
            if length == word.count { return length }
        }
        return nil
    }

    /// Behind a word of a key: the rest of the key, its quote (perhaps escaped), `:` or `=`, white space.
    private func valueStart(after start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int? {
        var place = start
        while place < text.count, Redaction.isKeyByte(text[place]) { place += 1 }
        while place < text.count, text[place] == 0x5C { place += 1 }
        if place < text.count, text[place] == 0x27 || text[place] == 0x22 { place += 1 }
        while place < text.count, text[place] == 0x20 { place += 1 }
        guard place < text.count, text[place] == 0x3A || text[place] == 0x3D else { return nil }
        place += 1
        if place < text.count, text[place] == 0x3D { return nil }
        while place < text.count, text[place] == 0x20 { place += 1 }
        guard place < text.count, ![0x29, 0x5D, 0x7D, 0x2C].contains(text[place]) else { return nil }
        return place
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte == 0x2D || byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }

    /// Behind the value: its closing quote or bracket, or what separates it from the next; the end when it is cut.
    private func valueEnd(from start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var place = start
        // b'…', f"…", \'…\'
        var quoteStart = place
        while quoteStart < text.count, text[quoteStart] == 0x5C { quoteStart += 1 }
        if quoteStart == place, place + 1 < text.count, text[place + 1] == 0x27 || text[place + 1] == 0x22,
            (0x41...0x5A).contains(text[place]) || (0x61...0x7A).contains(text[place])
        {
            quoteStart = place + 1
        }
        if quoteStart < text.count, text[quoteStart] == 0x27 || text[quoteStart] == 0x22 {
            return stringEnd(from: quoteStart, escapes: text[place] == 0x5C ? quoteStart - place : 0, in: text)
        }
        var depth = 0
        while place < text.count {
            switch text[place] {
            case 0x27, 0x22:
                place = stringEnd(from: place, escapes: 0, in: text)
                continue
            case 0x28, 0x5B, 0x7B: depth += 1
            case 0x29, 0x5D, 0x7D:
                if depth == 0 { return place }
                depth -= 1
                if depth == 0 { return place + 1 }
            case 0x2C, 0x3B, 0x26, 0x0A: if depth == 0 { return place }
            default: break
            }
            place += 1
        }
        return place
    }

    /// Behind the quote that closes the string which opens at `start`; `escapes` backslashes stand before both.
    private func stringEnd(from start: Int, escapes: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        let quote = text[start]
        var place = start + 1
        var backslashes = 0
        while place < text.count {
            if text[place] == quote, backslashes <= escapes, backslashes % 2 == escapes % 2 { return place + 1 }
            backslashes = text[place] == 0x5C ? backslashes + 1 : 0
            place += 1
        }
        return place
    }
}
