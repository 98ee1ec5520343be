import Glibc
internal import Logging
import NIOCore

/// `struct ucred` of Linux.
private struct PeerCredentials: Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
}

/// Closes a unix connection whose other end is not run by the one user that may connect (`SO_PEERCRED`).
///
/// It stands in front; nothing passes before the user is known.
final class PeerUserHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let user: UInt32
    private let logger: Logger
    private var isAllowed = false

    init(only user: UInt32, logger: Logger) {
        self.user = user
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard let provider = context.channel as? any SocketOptionProvider else { return refuse(context, nil) }
        let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        credentials.assumeIsolated().whenComplete { outcome in
            guard case .success(let peer) = outcome, peer.uid == self.user else {
                return self.refuse(context, (try? outcome.get())?.uid)
            }
            self.isAllowed = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isAllowed { context.fireChannelRead(data) }
    }

    private func refuse(_ context: ChannelHandlerContext, _ uid: UInt32?) {
        logger.warning(
            "connection refused: the peer is not the user that may connect",
            metadata: ["peer_uid": "\(uid.map(String.init) ?? "unknown")", "core_peer_uid": "\(user)"])
        context.close(promise: nil)
    }
}
