import Glibc

/// Reads configuration and secret files: regular, small, UTF-8.
package enum SmallFile {
    /// Larger files are refused.
    package static let limit = 1 << 20

    /// Why a file could not be read, as the end of a sentence.
    package struct Failure: Error, Sendable, Equatable {
        package let reason: String
        package let isMissing: Bool
    }

    /// The bytes of the file at `path`.
    package static func bytes(at path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Failure(reason: String(cString: strerror(errno)), isMissing: errno == ENOENT)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw Failure(reason: "it is a directory", isMissing: false)
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(reason: String(cString: strerror(errno)), isMissing: false) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw Failure(reason: "it is larger than \(limit >> 20) MB", isMissing: false)
            }
        }
    }

    /// Whether everybody on this machine can read or change the file at `path`.
    package static func isOpenToAll(_ path: String) -> Bool {
        var status = Glibc.stat()
        return stat(path, &status) == 0 && status.st_mode & 0o007 != 0
    }

    /// The text of the file at `path`.
    package static func text(at path: String) throws(Failure) -> String {
        guard let text = String(validating: try bytes(at: path), as: UTF8.self) else {
            throw Failure(reason: "it is not UTF-8 text", isMissing: false)
        }
        return text
    }

    /// The content of a file that holds one secret: without the line end that editors add.
    static func secret(at path: String) throws(Failure) -> String {
        var text = try text(at: path)[...]
        while let last = text.last, last.isNewline { text.removeLast() }
        guard !text.isEmpty else { throw Failure(reason: "it is empty", isMissing: false) }
        return String(text)
    }
}
