import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import NIOSSL

/// The certificate in use. New connections get what the files held last that was good; open ones keep theirs.
final class CertificateStore: Sendable {
    /// What a file looked like, to notice that it was written or replaced.
    private struct Stamp: Equatable {
        let inode: UInt64
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            inode = UInt64(status.st_ino)
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    private struct State {
        var loaded: TLSContext.Loaded
        /// Of the files as they were looked at last, good or not.
        var stamps: [Stamp?]
        var reloads = 0
        var failures = 0
    }

    private let files: GatewayConfiguration.TLSFiles
    private let logger: Logger
    private let state: NIOLockedValueBox<State>

    private init(files: GatewayConfiguration.TLSFiles, logger: Logger, state: State) {
        self.files = files
        self.logger = logger
        self.state = NIOLockedValueBox(state)
    }

    /// Throws `GatewayStartError` when the files are not good.
    static func load(_ files: GatewayConfiguration.TLSFiles, logger: Logger) async throws -> CertificateStore {
        let stamps = stamps(files)
        let loaded = try await NIOThreadPool.singleton.runIfActive { try TLSContext.load(files) }
        return CertificateStore(files: files, logger: logger, state: State(loaded: loaded, stamps: stamps))
    }

    /// For the next connection.
    var context: NIOSSLContext { state.withLockedValue { $0.loaded.context } }

    /// When the certificate ends in unix time, how often a new one was taken, and how often one was refused.
    var report: (expires: Int, reloads: Int, failures: Int) {
        state.withLockedValue { ($0.loaded.expires, $0.reloads, $0.failures) }
    }

    /// Looks at the files every few seconds until the task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(2))
            let now = Self.stamps(files)
            // Whoever replaces both files is given until the next look to finish.
            guard now != state.withLockedValue({ $0.stamps }) else { continue }
            try? await Task.sleep(for: .milliseconds(500))
            guard now == Self.stamps(files), !Task.isCancelled else { continue }
            await reload()
        }
    }

    /// Takes what the files hold now. When that is not good, the certificate in use stays.
    func reload() async {
        let stamps = Self.stamps(files)
        do {
            let loaded = try await NIOThreadPool.singleton.runIfActive { [files] in try TLSContext.load(files) }
            state.withLockedValue { state in
                state.loaded = loaded
                state.stamps = stamps
                state.reloads += 1
            }
            logger.info("the certificate was loaded again", metadata: ["certfile": "\(files.certificate)"])
        } catch {
            state.withLockedValue { state in
                state.stamps = stamps
                state.failures += 1
            }
            logger.error("the certificate in use stays: the new one is not good", metadata: ["error": "\(error)"])
        }
    }

    private static func stamps(_ files: GatewayConfiguration.TLSFiles) -> [Stamp?] {
        [files.certificate, files.key, files.clientAuthorities].compactMap(\.self).map { Stamp(path: $0) }
    }
}
