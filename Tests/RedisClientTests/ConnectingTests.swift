import Foundation
import NIOCore
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@Suite("Connecting to a real Redis") struct ConnectingTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private func failure(_ endpoint: RedisEndpoint, timeout: TimeAmount = .seconds(4)) async -> RedisError? {
        do throws(RedisError) {
            try await RedisConnection.connect(to: endpoint, on: group, timeout: timeout).close()
            return nil
        } catch {
            return error
        }
    }

    private func subscriptionFailure(_ endpoint: RedisEndpoint, _ pattern: String = "a*") async -> RedisError? {
        do throws(RedisError) {
            try await RedisSubscription.subscribe(
                to: [pattern], at: endpoint, on: group, receiver: MessageCollector(), timeout: .seconds(2)
            ).close()
            return nil
        } catch {
            return error
        }
    }

    @Test("A port where nothing listens is refused with its address")
    func refused() async throws {
        let server = try await RedisTestServer()
        server.kill()
        let error = await failure(server.tcp)
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("127.0.0.1:\(server.port) refused the connection") == true)
        #expect(await subscriptionFailure(server.tcp)?.kind == .refused)
        #expect(await failure(server.unix)?.message.contains("There is no socket") == true)
    }

    @Test("An unknown host name says so")
    func nameNotFound() async {
        let error = await failure(RedisEndpoint(address: .tcp(host: "no-such-host.invalid", port: 6379)))
        #expect(error?.kind == .nameNotFound)
        #expect(error?.message.contains("no-such-host.invalid:6379 was not found") == true)
    }

    @Test("A password that is missing, wrong or right")
    func password() async throws {
        let server = try await RedisTestServer(["--requirepass", "geheim"])
        var endpoint = server.tcp
        #expect(await failure(endpoint)?.message.contains("NOAUTH") == true)
        #expect(await subscriptionFailure(endpoint)?.kind == .authentication)
        endpoint.password = "falsch"
        let error = await failure(endpoint)
        #expect(error?.kind == .authentication)
        #expect(error?.message.contains("WRONGPASS") == true)
        #expect(error?.message.contains("falsch") == false)
        #expect(await subscriptionFailure(endpoint)?.message.contains("WRONGPASS") == true)
        endpoint.password = "geheim"
        #expect(await failure(endpoint) == nil)
        #expect(await subscriptionFailure(endpoint) == nil)
    }

    @Test("A password that the server does not want is named as the problem")
    func needlessPassword() async throws {
        let server = try await RedisTestServer()
        var endpoint = server.tcp
        endpoint.password = "x"
        #expect(await failure(endpoint)?.kind == .authentication)
    }

    @Test("An ACL user gets what the rules give, and NOPERM is told")
    func accessRules() async throws {
        let server = try await RedisTestServer([
            "--user", "monitor", "on", ">pw", "resetchannels", "&/0.celeryev/*", "+psubscribe", "+ping", "+auth",
        ])
        var endpoint = server.tcp
        endpoint.user = "monitor"
        endpoint.password = "pw"
        #expect(await failure(endpoint) == nil)
        #expect(await subscriptionFailure(endpoint, "/0.celeryev/*") == nil)
        let error = await subscriptionFailure(endpoint, "/0.*")
        #expect(error?.kind == .permission)
        #expect(error?.message.contains("NOPERM") == true)
        endpoint.database = 2
        #expect(await failure(endpoint)?.kind == .permission)
    }

    @Test("A server that accepts and says nothing is given up in time")
    func silentServer() async throws {
        let server = try await RedisTestServer()
        server.pause()
        #expect(await failure(server.tcp, timeout: .milliseconds(600))?.kind == .noAnswer)
        #expect(await subscriptionFailure(server.tcp)?.kind == .noAnswer)
        server.resume()
        #expect(await failure(server.tcp) == nil)
    }

    @Test("Something that is not Redis is told apart")
    func notRedis() async throws {
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HTTPGreeter())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let endpoint = RedisEndpoint(address: .tcp(host: "127.0.0.1", port: listener.localAddress?.port ?? 0))
        #expect(await failure(endpoint)?.kind == .protocolViolation)
        let error = await subscriptionFailure(endpoint)
        #expect(error?.kind == .protocolViolation, "\(error?.message ?? "none")")
        try await listener.close()
    }
}

/// Answers anything as a web server would.
private final class HTTPGreeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = context.channel.allocator.buffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }
}
