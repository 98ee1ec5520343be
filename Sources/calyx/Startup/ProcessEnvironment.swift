import Glibc

/// The environment of this process.
enum ProcessEnvironment {
    static func read() -> [String: String] {
        var found: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                found[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry = entry.successor()
        }
        return found
    }
}
