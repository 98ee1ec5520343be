import Foundation
import Glibc

/// Files with secrets: only their owner may read them, and they are replaced as a whole or not at all.
enum PrivateFile {
    struct Failure: Error {
        let reason: String
    }

    /// Writes a new file beside `path` and renames it over it. Blocks.
    ///
    /// Run by root, the file gets the owner of its directory, so that the service can read what an administrator changed.
    static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(reason: "the directory \(directory) cannot be made")
        }
        var template = "\(path).XXXXXX".utf8CString.map { $0 }
        // mkstemp makes the file with mode 0600.
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw failure() }
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do throws(Failure) {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor)
            var owner = stat()
            if geteuid() == 0, stat(directory, &owner) == 0, fchown(descriptor, owner.st_uid, owner.st_gid) != 0 {
                throw failure()
            }
            guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
        } catch {
            unlink(temporary)
            throw error
        }
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure() }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure() }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure() }
            written += count
        }
    }

    private static func failure() -> Failure { Failure(reason: String(cString: strerror(errno))) }
}
