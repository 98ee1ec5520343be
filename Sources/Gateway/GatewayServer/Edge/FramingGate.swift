import NIOCore
import NIOHTTP1

/// Sits below the HTTP/1.1 decoder and hands it one request at a time, checked by `FramingMeter`.
///
/// Heads are handed on whole. Bytes of a pipelined next request wait here until the answer to the current one is
/// complete, and nothing more is read from the socket meanwhile: so the handlers above never see two requests at once.
final class FramingGate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var meter: FramingMeter
    private var pending: ByteBuffer?
    /// Bytes at the front of `pending` that the meter has seen: a head that is not complete.
    private var scanned = 0
    private var isBodyKnown = false
    private var isHeadSeen = false
    /// Bytes that came after `close()`.
    private var dropped = 0
    private var isClosed = false
    private var isProcessing = false
    private var isReadWanted = false
    private var context: ChannelHandlerContext?

    /// What a client may send after it was told to stop, until it is cut off.
    private static let droppedLimit = 256 * 1024

    init(limits: GatewayLimits) { meter = FramingMeter(limits: limits) }

    /// Some bytes of a request have come, but its head is not complete.
    var isInsideHead: Bool { meter.isInsideHead }

    /// All bytes of the current request have come.
    var isRequestComplete: Bool { meter.isComplete }

    /// How the body ends, told while the head is being handed on. Without it nothing is handed on any more.
    func expect(_ body: BodyFraming) {
        isBodyKnown = true
        _ = meter.begin(body: body)
    }

    /// The head that is being handed on has come through the decoder, whatever becomes of it.
    func headSeen() { isHeadSeen = true }

    /// The answer to the current request is written: the next one may come.
    func answerComplete() {
        guard meter.isComplete, !isClosed else { return }
        meter.nextRequest()
        guard let context else { return }
        if !isProcessing, pending != nil {
            process(context)
            context.fireChannelReadComplete()
        }
        readIfWanted(context)
    }

    /// Drops all that comes from now on.
    func close() {
        isClosed = true
        pending = nil
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        pending = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        guard !isClosed else {
            dropped += buffer.readableBytes
            if dropped > Self.droppedLimit { context.close(promise: nil) }
            return
        }
        if pending == nil { pending = buffer } else { pending?.writeBuffer(&buffer) }
        if !isProcessing { process(context) }
    }

    func read(context: ChannelHandlerContext) {
        if dropped > Self.droppedLimit { return }
        if meter.isComplete, !isClosed { isReadWanted = true } else { context.read() }
    }

    private func readIfWanted(_ context: ChannelHandlerContext) {
        guard isReadWanted, !meter.isComplete else { return }
        isReadWanted = false
        context.read()
    }

    private func process(_ context: ChannelHandlerContext) {
        isProcessing = true
        defer { isProcessing = false }
        while !isClosed, !meter.isComplete, let waiting = pending, waiting.readableBytes > scanned {
            let step: FramingMeter.Step
            do throws(FramingMeter.Violation) {
                step = try scan(waiting)
            } catch {
                close()
                context.fireErrorCaught(FramingError(violation: error))
                return
            }
            switch step {
            case .checked(let count):
                if meter.isInsideHead {
                    scanned += count
                    return
                }
                handOn(count, context)
            case .headComplete(let count):
                let length = scanned + count
                scanned = 0
                (isBodyKnown, isHeadSeen) = (false, false)
                handOn(length, context)
                if isBodyKnown { continue }
                // The guard refused the head, or the decoder did, or it took the bytes for another protocol.
                let isHeard = isHeadSeen || isClosed
                close()
                if !isHeard { context.fireErrorCaught(FramingError(violation: .otherProtocol)) }
                return
            case .requestComplete(let count):
                handOn(count, context)
            }
        }
    }

    private func scan(_ buffer: ByteBuffer) throws(FramingMeter.Violation) -> FramingMeter.Step {
        var outcome: Result<FramingMeter.Step, FramingMeter.Violation> = .success(.checked(0))
        buffer.withUnsafeReadableBytes { bytes in
            do throws(FramingMeter.Violation) {
                outcome = .success(try meter.scan(UnsafeRawBufferPointer(rebasing: bytes[scanned...])))
            } catch {
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }

    private func handOn(_ count: Int, _ context: ChannelHandlerContext) {
        guard let slice = pending?.readSlice(length: count) else { return }
        if pending?.readableBytes == 0 { pending = nil }
        context.fireChannelRead(wrapInboundOut(slice))
    }
}

/// A framing violation on its way up the pipeline.
struct FramingError: Error {
    let violation: FramingMeter.Violation

    var status: Int {
        switch violation {
        case .headTooLarge, .fieldTooLarge, .tooManyFields: 431
        case .targetTooLong: 414
        default: 400
        }
    }
}
