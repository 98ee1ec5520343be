import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL

/// A client of one HTTP/2 connection over TLS.
struct HTTP2Client: Sendable {
    struct Answer: Sendable {
        var status = 0
        var fields: [(String, String)] = []
        var body = ""

        subscript(name: String) -> String? { fields.first { $0.0 == name }?.1 }
    }

    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer

    static func open(port: Int) async throws -> HTTP2Client {
        let tls = try TestCertificate.client(["h2"])
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
                    _ = try pipeline.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
                    ) { stream in stream.close() }
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let multiplexer = try await channel.pipeline.handler(type: NIOHTTP2Handler.self).flatMap { $0.multiplexer }
            .get()
        return HTTP2Client(channel: channel, multiplexer: multiplexer)
    }

    func ask(_ method: HTTPMethod, _ target: String, _ fields: [(String, String)], body: String? = nil) async throws
        -> Answer
    {
        let answer = channel.eventLoop.makePromise(of: Answer.self)
        let stream = channel.eventLoop.makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: stream) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: .https))
                try pipeline.addHandler(AnswerCollector(promise: answer))
            }
        }
        let channel = try await stream.futureResult.get()
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: HTTPHeaders(fields))
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body { channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return try await answer.futureResult.get()
    }

    func close() async { try? await channel.close() }
}

private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<HTTP2Client.Answer>
    private var answer = HTTP2Client.Answer()

    init(promise: EventLoopPromise<HTTP2Client.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.fields = head.headers.map { ($0.name, $0.value) }
        case .body(let bytes): answer.body += String(buffer: bytes)
        case .end: promise.succeed(answer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(RawConnection.Closed()) }
}
