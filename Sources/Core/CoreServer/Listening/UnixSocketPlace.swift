import Glibc
import Synchronization

/// Where a unix socket lives: it appears at its path only when it listens and has its final mode.
///
/// The socket is bound in a private directory beside the path and renamed into place. So nobody can connect before its
/// mode is set, no umask of the whole process is touched, and whoever looks at the path sees the old socket or the new.
final class UnixSocketPlace: Sendable {
    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    private struct State {
        var temporaryDirectory: String?
        var installed: Identity?
    }

    /// What `sockaddr_un` holds, without the closing zero.
    private static let longestPath = 107

    private let path: String
    private let mode: UInt32
    private let directory: String
    private let state = Mutex(State())

    init(path: String, mode: UInt32) throws(CoreServerError) {
        self.path = path
        self.mode = mode
        guard let slash = path.lastIndex(of: "/"), path.index(after: slash) != path.endIndex else {
            throw CoreServerError("cannot listen on unix:\(path): the path must be absolute and name a file")
        }
        directory = slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes the directory if need be, sees that the path is free, and returns where to bind.
    func prepare() throws(CoreServerError) -> String {
        try makeDirectory()
        try requireFree()
        var template = Array("\(directory)/.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("cannot make a directory in \(directory)") }
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        state.withLock { $0.temporaryDirectory = temporary }
        guard max(path.utf8.count, temporary.utf8.count + 2) <= Self.longestPath else {
            remove()
            throw CoreServerError(
                "cannot listen on unix:\(path): the path is too long for a socket (at most "
                    + "\(Self.longestPath - 10) bytes for its directory)")
        }
        return "\(temporary)/s"
    }

    /// Gives the bound socket its mode and its place.
    func install() throws(CoreServerError) {
        guard let temporary = state.withLock({ $0.temporaryDirectory }) else { return }
        guard chmod("\(temporary)/s", mode_t(mode)) == 0, let identity = Self.identity("\(temporary)/s"),
            rename("\(temporary)/s", path) == 0
        else { throw failure("cannot put the socket in place") }
        rmdir(temporary)
        state.withLock { $0 = State(temporaryDirectory: nil, installed: identity) }
    }

    /// Removes what is ours; a socket that another process has put there meanwhile stays.
    func remove() {
        state.withLock { state in
            if let temporary = state.temporaryDirectory {
                unlink("\(temporary)/s")
                rmdir(temporary)
            }
            if let installed = state.installed, Self.identity(path) == installed { unlink(path) }
            state = State()
        }
    }

    private func makeDirectory() throws(CoreServerError) {
        let isShared = mode & 0o070 != 0
        if mkdir(directory, 0o700) == 0 {
            guard chmod(directory, isShared ? 0o750 : 0o700) == 0 else { throw failure("cannot protect \(directory)") }
        } else if errno != EEXIST {
            throw failure("cannot make \(directory)")
        }
    }

    /// A socket on which nobody answers is left from before and may be replaced; anything else is not ours to touch.
    private func requireFree() throws(CoreServerError) {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            guard errno == ENOENT else { throw failure("cannot look at it") }
            return
        }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw CoreServerError("cannot listen on unix:\(path): something that is not a socket is there")
        }
        guard try !isAnswered() else {
            throw CoreServerError("cannot listen on unix:\(path): another process is listening there")
        }
    }

    private func isAnswered() throws(CoreServerError) -> Bool {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("cannot make a socket") }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count <= Self.longestPath else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if outcome == 0 || errno == EAGAIN { return true }
        guard errno == ECONNREFUSED || errno == ENOENT else { throw failure("cannot tell whether it is in use") }
        return false
    }

    private func failure(_ what: String) -> CoreServerError {
        CoreServerError("cannot listen on unix:\(path): \(what): \(String(cString: strerror(errno)))")
    }

    private static func identity(_ path: String) -> Identity? {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        return Identity(device: info.st_dev, inode: info.st_ino)
    }
}
