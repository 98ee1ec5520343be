import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A core behind a unix socket that records every byte it gets and answers by path.
final class TestCore: Sendable {
    struct Recorded: Sendable {
        let head: String
        var body: String

        var target: String { String(head.split(separator: " ").dropFirst().first ?? "") }

        func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts[0].lowercased() == name { return String((parts.last ?? "").drop { $0 == " " }) }
            }
            return nil
        }
    }

    let path: String
    private let channel: any Channel
    private let state: CoreState

    private init(path: String, channel: any Channel, state: CoreState) {
        self.path = path
        self.channel = channel
        self.state = state
    }

    static func start(in directory: String) async throws -> TestCore {
        let path = "\(directory)/core.sock"
        let state = CoreState()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(CoreConnection(state: state))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        return TestCore(path: path, channel: channel, state: state)
    }

    /// All requests so far, in order of their heads.
    var requests: [Recorded] { state.requests.withLockedValue { $0 } }

    /// The number of connections accepted so far.
    var connections: Int { state.connections.withLockedValue { $0 } }

    /// Sends text on the open stream, when there is one.
    func stream(_ text: String) {
        state.streamChannel.withLockedValue { $0 }?.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Waits until the stream of `/live` was closed by the gateway.
    func streamClosed() async throws { try await state.streamChannel.withLockedValue { $0 }?.closeFuture.get() }

    func stop() async { try? await channel.close() }
}

final class CoreState: Sendable {
    let requests = NIOLockedValueBox<[TestCore.Recorded]>([])
    let connections = NIOLockedValueBox(0)
    let streamChannel = NIOLockedValueBox<(any Channel)?>(nil)
}

private final class CoreConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: CoreState
    private var received = ""
    private var current: Int?

    init(state: CoreState) { self.state = state }

    func channelActive(context: ChannelHandlerContext) { state.connections.withLockedValue { $0 += 1 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        while true {
            if current == nil {
                guard let end = received.range(of: "\r\n\r\n") else { return }
                let head = String(received[..<end.upperBound])
                received = String(received[end.upperBound...])
                current = state.requests.withLockedValue {
                    $0.append(TestCore.Recorded(head: head, body: ""))
                    return $0.count - 1
                }
            }
            guard let current, let request = state.requests.withLockedValue({ $0[current] }) as TestCore.Recorded?
            else {
                return
            }
            guard let body = takeBody(request) else { return }
            state.requests.withLockedValue { $0[current].body = body }
            self.current = nil
            answer(request.target, body, context)
        }
    }

    private func takeBody(_ request: TestCore.Recorded) -> String? {
        if request.field("transfer-encoding") != nil {
            guard let end = received.range(of: "0\r\n\r\n") else { return nil }
            let body = String(received[..<end.upperBound])
            received = String(received[end.upperBound...])
            return body
        }
        let length = request.field("content-length").flatMap { Int($0) } ?? 0
        guard received.utf8.count >= length else { return nil }
        let body = String(decoding: received.utf8.prefix(length), as: UTF8.self)
        received = String(decoding: received.utf8.dropFirst(length), as: UTF8.self)
        return body
    }

    private func answer(_ target: String, _ body: String, _ context: ChannelHandlerContext) {
        let path = target.prefix { $0 != "?" }
        switch path {
        case "/live":
            state.streamChannel.withLockedValue { $0 = context.channel }
            write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n", context)
        case "/truncated":
            write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this", context)
            context.close(promise: nil)
        case "/chunks":
            write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", context)
            context.close(promise: nil)
        case "/nonsense":
            write("SSH-2.0-OpenSSH_9.2\r\n", context)
        case "/silent":
            break
        case "/bodiless":
            write("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n", context)
        case "/gone":
            context.close(promise: nil)
        case "/secretive":
            write(
                """
                HTTP/1.1 302 Found\r\nlocation: /tasks?x=1\r\nset-cookie: __Host-calyx=EVIL\r\nset-cookie: calyx=EVIL\r
                server: core\r\ncalyx-audit: revoke\r\nx-request-id: mine\r\ncache-control: public, max-age=60\r
                access-control-allow-origin: *\r\nx-content-type-options: none\r\ncontent-length: 0\r\n\r\n
                """, context)
        case "/api/worker/pool/grow/w1":
            let note = #"{"action":"pool.grow","targets":["w1@lab"],"parameters":{"n":1},"outcome":{"w1@lab":"ok"}}"#
            write("HTTP/1.1 200 OK\r\nCalyx-Audit: \(note)\r\nContent-Length: 2\r\n\r\n{}", context)
        case "/static/calyx.css":
            write(
                "HTTP/1.1 200 OK\r\ncontent-type: text/css\r\ncache-control: public, max-age=31536000, immutable\r\n"
                    + "content-length: 1\r\n\r\nx", context)
        case "/echo":
            write("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)", context)
        case "/big":
            let piece = String(repeating: "x", count: 65_536)
            write("HTTP/1.1 200 OK\r\ncontent-length: \(64 * 65_536)\r\n\r\n", context)
            for _ in 0..<64 { write(piece, context) }
        default:
            let answer = "{\"path\":\"\(target)\"}"
            write(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(answer.utf8.count)\r\n\r\n\(answer)",
                context)
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
