import NIOCore
import NIOHTTP1

/// What hears of the requests of an HTTP/1.x connection, one at a time.
protocol RequestReceiver: AnyObject {
    /// - Parameter repeatsFields: version and fields are those of the request before, byte for byte.
    func requestHead(_ head: HTTPRequestHead, repeatsFields: Bool)
    func requestBody(_ bytes: ByteBuffer)
    func requestEnd(trailers: [String])
    func requestFailed(_ error: FramingError)
    /// The client sends nothing more.
    ///
    /// - Parameter isAnswering: a request is complete and its answer is not.
    func requestsEnded(isAnswering: Bool)
}

/// HTTP/1.x of one connection: bytes in, requests to the receiver, answers of the receiver as bytes out. `FramingMeter`
/// checks every byte before anything is made of it.
///
/// Bytes of a pipelined next request wait here until the answer to the current one is complete, and nothing more is read
/// from the socket meanwhile: so the receiver never sees two requests at once.
final class FramingGate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    weak var receiver: (any RequestReceiver)?
    private var meter: FramingMeter
    private var pending: ByteBuffer?
    /// Bytes at the front of `pending` that the meter has seen: a head that is not complete.
    private var scanned = 0
    private var repeatedFields = RepeatedFields()
    private var isBodyKnown = false
    /// Bytes that came after `close()`.
    private var dropped = 0
    private var isClosed = false
    private var isInputClosed = false
    private var isProcessing = false
    private var isReadWanted = false
    private var context: ChannelHandlerContext?

    private var encoder = AnswerEncoder()
    /// What is written and not flushed.
    private var out = ByteBuffer()
    private var isFlushNeeded = false

    /// What a client may send after it was told to stop, until it is cut off.
    private static let droppedLimit = 256 * 1024
    /// Longer parts of a body are written as they are, without being copied.
    private static let copiedSize = 8 * 1024

    init(limits: GatewayLimits) { meter = FramingMeter(limits: limits) }

    /// Some bytes of a request have come, but its head is not complete.
    var isInsideHead: Bool { meter.isInsideHead }

    /// No request can follow the current one.
    var isLastRequest: Bool { isInputClosed && pending == nil }

    /// How the body ends, told while the head is being handed on. Without it nothing is handed on any more.
    func expect(_ body: BodyFraming) {
        isBodyKnown = true
        _ = meter.begin(body: body)
    }

    /// The answer to the current request is written: the next one may come.
    func answerComplete() {
        guard meter.isComplete, !isClosed else { return }
        meter.nextRequest()
        guard let context, !isProcessing else { return }
        if pending != nil {
            process(context)
            context.fireChannelReadComplete()
        }
        readIfWanted(context)
        endIfInputIsClosed()
    }

    /// Drops all that comes from now on.
    func close() {
        isClosed = true
        pending = nil
    }

    // MARK: Answers

    func writeContinue() {
        out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        flush()
    }

    /// `further` are fields as bytes.
    func writeHead(
        status: Int, fields: [(String, String)], further: ByteBuffer, isHead: Bool, isHTTP10: Bool, closes: Bool
    ) {
        if out.capacity == 0 { out = ByteBufferAllocator().buffer(capacity: 1024) }
        encoder.head(
            status: status, fields: fields, further: further, isHead: isHead, isHTTP10: isHTTP10, closes: closes,
            to: &out)
    }

    func write(body bytes: ByteBuffer) {
        guard encoder.body != .none, bytes.readableBytes > 0 else { return }
        encoder.beginPart(of: bytes.readableBytes, to: &out)
        if bytes.readableBytes <= Self.copiedSize {
            out.writeImmutableBuffer(bytes)
        } else {
            passOn()
            context?.write(wrapOutboundOut(bytes), promise: nil)
            isFlushNeeded = true
        }
        encoder.endPart(to: &out)
    }

    func writeEnd() { encoder.end(to: &out) }

    func flush() {
        passOn()
        guard isFlushNeeded else { return }
        isFlushNeeded = false
        context?.flush()
    }

    /// Everything written so far has left when the future succeeds.
    func flushed() -> EventLoopFuture<Void>? {
        guard let context else { return nil }
        let bytes = out
        out.clear()
        isFlushNeeded = false
        return context.writeAndFlush(wrapOutboundOut(bytes))
    }

    private func passOn() {
        guard out.readableBytes > 0, let context else { return }
        let bytes = out
        out = ByteBuffer()
        context.write(wrapOutboundOut(bytes), promise: nil)
        isFlushNeeded = true
    }

    // MARK: Channel events

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

    /// While a request is answered one read may bring what follows it; further ones wait. To stop reading at once would cost
    /// two system calls per request.
    func read(context: ChannelHandlerContext) {
        if dropped > Self.droppedLimit { return }
        if meter.isComplete, pending != nil, !isClosed { isReadWanted = true } else { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputClosed = true
            endIfInputIsClosed()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// A client may end its side and wait for its answers. What is not complete will not become so.
    private func endIfInputIsClosed() {
        guard isInputClosed else { return }
        receiver?.requestsEnded(isAnswering: meter.isComplete && !isClosed)
    }

    private func readIfWanted(_ context: ChannelHandlerContext) {
        guard isReadWanted, !meter.isComplete || pending == nil else { return }
        isReadWanted = false
        context.read()
    }

    // MARK: Requests

    private func process(_ context: ChannelHandlerContext) {
        isProcessing = true
        defer {
            isProcessing = false
            if pending?.readableBytes == 0 { pending = nil }
        }
        do throws(FramingMeter.Violation) {
            while !isClosed, !meter.isComplete, let waiting = pending, waiting.readableBytes > scanned {
                if let remaining = meter.dataRemaining {
                    try takeBody(min(remaining, waiting.readableBytes))
                } else {
                    try takeFraming(waiting)
                }
            }
        } catch {
            close()
            receiver?.requestFailed(FramingError(violation: error))
        }
    }

    private func takeBody(_ count: Int) throws(FramingMeter.Violation) {
        guard let bytes = pending?.readSlice(length: count) else { return }
        let step = try scan(bytes, from: 0)
        receiver?.requestBody(bytes)
        if case .requestComplete = step { receiver?.requestEnd(trailers: []) }
    }

    private func takeFraming(_ waiting: ByteBuffer) throws(FramingMeter.Violation) {
        switch try scan(waiting, from: scanned) {
        case .checked(let count):
            if meter.isInsideHead { scanned += count } else { pending?.moveReaderIndex(forwardBy: count) }
        case .headComplete(let count):
            let length = scanned + count
            scanned = 0
            let (head, isRepeated) = try head(waiting, length: length)
            pending?.moveReaderIndex(forwardBy: length)
            isBodyKnown = false
            receiver?.requestHead(head, repeatsFields: isRepeated)
            // The guard refused it.
            guard isBodyKnown else { return close() }
            if meter.isComplete { receiver?.requestEnd(trailers: []) }
        case .requestComplete(let count):
            pending?.moveReaderIndex(forwardBy: count)
            let trailers = meter.trailer.isEmpty ? [] : try RequestHeadParser.trailerNames(meter.trailer)
            receiver?.requestEnd(trailers: trailers)
        }
    }

    private func scan(_ buffer: ByteBuffer, from start: Int) throws(FramingMeter.Violation) -> FramingMeter.Step {
        var outcome: Result<FramingMeter.Step, FramingMeter.Violation> = .success(.checked(0))
        buffer.withUnsafeReadableBytes { bytes in
            do throws(FramingMeter.Violation) {
                outcome = .success(try meter.scan(UnsafeRawBufferPointer(rebasing: bytes[start...])))
            } catch {
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }

    private func head(
        _ buffer: ByteBuffer, length: Int
    ) throws(FramingMeter.Violation) -> (head: HTTPRequestHead, isRepeated: Bool) {
        try buffer.withUnsafeReadableBytes { bytes -> Result<(HTTPRequestHead, Bool), FramingMeter.Violation> in
            do throws(FramingMeter.Violation) {
                return .success(try repeatedFields.head(UnsafeRawBufferPointer(rebasing: bytes[..<length])))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}

/// A framing violation.
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
