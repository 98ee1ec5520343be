import NIOCore

/// Tells TLS from anything else by the first byte of a connection, then makes room for the handlers that fit.
final class FirstByteHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let onTLS: () throws -> Void
    private let onPlain: () throws -> Void

    /// Both closures add handlers to the end of the pipeline.
    init(onTLS: @escaping () throws -> Void, onPlain: @escaping () throws -> Void) {
        self.onTLS = onTLS
        self.onPlain = onPlain
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let first = unwrapInboundIn(data).getInteger(at: unwrapInboundIn(data).readerIndex, as: UInt8.self) else {
            return
        }
        do {
            if first == Self.handshakeRecord { try onTLS() } else { try onPlain() }
        } catch {
            return context.close(promise: nil)
        }
        context.fireChannelRead(data)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    /// The content type of TLS records that begin a connection (RFC 8446, section 5.1).
    private static let handshakeRecord: UInt8 = 0x16
}
