import FoundationEssentials

/// The owner part of our reply queue's name, kept in a file so that the next start removes what a crash left behind.
enum ReplyQueueName {
    /// The name in `file`, or a new one that is written there; without a file, or when it cannot be written, a new one.
    static func load(from file: String?) -> (name: String, problem: String?) {
        let fresh = ControlMessage.makeID()
        guard let file else { return (fresh, nil) }
        if let bytes = FileManager.default.contents(atPath: file),
            let text = String(validating: bytes, as: UTF8.self),
            let known = UUID(uuidString: text.trimmedOfSpace)
        {
            return (known.uuidString.lowercased(), nil)
        }
        do {
            try Data("\(fresh)\n".utf8).write(to: URL(filePath: file), options: .atomic)
            return (fresh, nil)
        } catch {
            return (fresh, "The name of the reply queue cannot be kept in \(file): \(error)")
        }
    }
}

extension String {
    fileprivate var trimmedOfSpace: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
