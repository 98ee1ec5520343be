import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A client that sends bytes and sees bytes.
final class RawConnection: Sendable {
    struct Closed: Error {}

    private let channel: any Channel
    private let inbound: AsyncStream<[UInt8]>

    private init(channel: any Channel, inbound: AsyncStream<[UInt8]>) {
        self.channel = channel
        self.inbound = inbound
    }

    static func open(port: Int, tls: NIOSSLContext? = nil) async throws -> RawConnection {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    try pipeline.addHandler(ByteCollector(continuation: continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, inbound: stream)
    }

    /// One character is one byte.
    func send(_ text: String) async throws {
        try await channel.writeAndFlush(
            ByteBuffer(bytes: text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }))
    }

    /// Everything received until it contains `text`.
    func receive(until text: String) async throws -> String {
        var received = ""
        for await bytes in inbound {
            received += String(decoding: bytes, as: UTF8.self)
            if received.contains(text) { return received }
        }
        throw Closed()
    }

    /// Everything received until the other side closes.
    func receiveAll() async -> String {
        var received: [UInt8] = []
        for await bytes in inbound { received += bytes }
        return String(decoding: received, as: UTF8.self)
    }

    /// The next complete answer with a Content-Length.
    func receiveAnswer() async throws -> HTTPAnswer {
        var received: [UInt8] = []
        for await bytes in inbound {
            received += bytes
            if let answer = HTTPAnswer(received), answer.isComplete { return answer }
        }
        throw Closed()
    }

    func close() async { try? await channel.close() }

    /// Ends this side; what the gateway sends is still received.
    func endSending() async throws { try await channel.close(mode: .output) }
}

private final class ByteCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<[UInt8]>.Continuation

    init(continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// An answer as its bytes.
struct HTTPAnswer: Sendable {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: String
    let isComplete: Bool

    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else {
            return nil
        }
        self.status = status
        fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), String((parts.last ?? "").drop { $0 == " " }))
        }
        body = String(text[end.upperBound...])
        let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        isComplete = body.utf8.count >= length
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}
