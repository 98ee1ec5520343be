import Foundation
import Glibc

/// Reads password files and tells whether they have changed. Blocks.
enum PasswordFileReader {
    /// What changes whenever a file is written or replaced.
    struct Fingerprint: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    static func fingerprint(_ path: String) -> Fingerprint? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Fingerprint(status)
    }

    /// - Returns: the file and whether everybody on the machine may read it.
    static func read(
        _ path: String
    ) throws(PasswordFileError) -> (file: PasswordFile, fingerprint: Fingerprint, isReadableByAll: Bool) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw problem(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw problem(path, "it is not a file") }
        guard status.st_size <= PasswordFile.maximumBytes else {
            throw problem(path, "it is larger than \(PasswordFile.maximumBytes >> 20) MiB")
        }
        let bytes: Data
        do {
            bytes =
                try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
                .read(upToCount: PasswordFile.maximumBytes) ?? Data()
        } catch {
            throw problem(path, "it cannot be read")
        }
        let file = try PasswordFile([UInt8](bytes), path: path)
        return (file, Fingerprint(status), status.st_mode & 0o004 != 0)
    }

    private static func problem(_ path: String, _ code: Int32) -> PasswordFileError {
        problem(path, String(cString: strerror(code)))
    }

    private static func problem(_ path: String, _ reason: String) -> PasswordFileError {
        PasswordFileError(path: path, problems: [.init(line: 0, user: nil, reason: reason)])
    }
}

extension PasswordFileReader.Fingerprint {
    fileprivate init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}
