import Foundation
import Glibc

/// What lies at the path of a history file, and which file is used: a file that is not ours is never touched.
package enum HistoryFile {
    package enum Contents: Equatable {
        case absent
        /// Ours, as far as the first bytes tell.
        case ours
        case foreign
    }

    /// The file in use, and what people should know about the choice.
    package struct Choice: Equatable, Sendable {
        package var path: String
        package var notice: String?
    }

    /// `path`, or `<path>.calyx` beside it when something else lies there (Flower's shelve, another SQLite file).
    package static func choose(_ path: String) throws(HistoryError) -> Choice {
        if try contents(of: path) != .foreign { return Choice(path: path) }
        let own = path + ".calyx"
        guard try contents(of: own) != .foreign else {
            throw HistoryError(
                .foreign,
                "\(path) and \(own) are files of other programs and are left as they are; name another file with --db.")
        }
        return Choice(
            path: own,
            notice:
                "\(path) is not a history file of Calyx (perhaps Flower's) and is left untouched; history is in \(own)."
        )
    }

    /// Only the first 100 bytes are read: SQLite's head has our number at 68. An empty file is as good as none.
    package static func contents(of path: String) throws(HistoryError) -> Contents {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return .absent }
            throw HistoryError(.unavailable, "Cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return .foreign }
        if status.st_size == 0 { return .absent }
        var head = [UInt8](repeating: 0, count: 100)
        let count = read(descriptor, &head, head.count)
        guard count == 100 else { return .foreign }
        let number = head[68..<72].reduce(0) { $0 << 8 | Int($1) }
        return number == Schema.applicationID ? .ours : .foreign
    }

    /// Makes the file (0600) and its directory (0700) when they are missing, and takes other people's rights off it.
    static func makePrivate(_ path: String) throws(HistoryError) {
        let directory = (path as NSString).deletingLastPathComponent
        if !directory.isEmpty, !FileManager.default.fileExists(atPath: directory) {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw HistoryError(.unavailable, "Cannot make the directory \(directory); name another file with --db.")
            }
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let kind: HistoryError.Kind =
                errno == EROFS || errno == EACCES ? .readOnly : errno == ENOSPC ? .full : .unavailable
            throw HistoryError(kind, "Cannot write to \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw HistoryError(.unavailable, "Cannot examine \(path): \(String(cString: strerror(errno)))")
        }
        if status.st_mode & 0o077 != 0 { _ = fchmod(descriptor, 0o600) }
    }

    /// Moves a damaged file of ours out of the way, with what belongs to it; the new name.
    static func moveAside(_ path: String, now: Double) throws(HistoryError) -> String {
        let time = Date(timeIntervalSince1970: now).ISO8601Format().filter { $0 != ":" && $0 != "-" }
        var aside = "\(path).corrupt-\(time)"
        var attempt = 1
        while access(aside, F_OK) == 0 {
            attempt += 1
            aside = "\(path).corrupt-\(time)-\(attempt)"
        }
        for suffix in ["", "-wal", "-shm"] where rename(path + suffix, aside + suffix) != 0 {
            if suffix.isEmpty || errno != ENOENT {
                throw HistoryError(
                    .damaged, "\(path) is damaged and cannot be moved aside: \(String(cString: strerror(errno)))")
            }
        }
        return aside
    }
}
