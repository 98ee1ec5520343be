import NIOCore
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@Suite("Commands to a real Redis") struct CommandTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    @Test("Every kind of reply comes back, in order, over TCP and a unix socket")
    func replies() async throws {
        let server = try await RedisTestServer()
        for endpoint in [server.tcp, server.unix] {
            let connection = try await RedisConnection.connect(to: endpoint, on: group)
            let replies = try await connection.send([
                RedisCommand("SET", "key", "h\u{e9}llo"), RedisCommand("GET", "key"), RedisCommand("GET", "none"),
                RedisCommand("INCR", "count:\(endpoint.place)"), RedisCommand("LPUSH", "key", "x"),
                RedisCommand("DEL", "list"), RedisCommand("RPUSH", "list", "", "b"),
                RedisCommand("LRANGE", "list", "0", "-1"), RedisCommand("SMEMBERS", "none"),
            ])
            #expect(replies[0] == .status("OK"))
            #expect(replies[1] == .bulk(Array("h\u{e9}llo".utf8)))
            #expect(replies[2] == .null)
            #expect(replies[3] == .integer(1))
            #expect(replies[4].errorText?.hasPrefix("WRONGTYPE") == true)
            #expect(replies[7] == .array([.bulk([]), .bulk([UInt8(ascii: "b")])]))
            #expect(replies[8] == .array([]))
            connection.close()
            #expect(await connection.closed().kind == .shutDown)
        }
    }

    @Test("Binary arguments and a reply of some megabytes arrive whole")
    func largeReply() async throws {
        let server = try await RedisTestServer()
        let connection = try await RedisConnection.connect(to: server.unix, on: group)
        let value = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0) }
        var command = RedisCommand("SET", "big")
        command.append(value)
        #expect(try await connection.send(command) == .status("OK"))
        #expect(try await connection.send(RedisCommand("GET", "big")) == .bulk(value))
        connection.close()
    }

    @Test("Nested replies keep their shape")
    func nestedReply() async throws {
        let server = try await RedisTestServer()
        let connection = try await RedisConnection.connect(to: server.unix, on: group)
        let reply = try await connection.send(
            RedisCommand("EVAL", "return {1, {2, {}, {3, 'x'}}, {{{}}}}", "0"))
        #expect(
            reply
                == .array([
                    .integer(1), .array([.integer(2), .array([]), .array([.integer(3), .bulk(Array("x".utf8))])]),
                    .array([.array([.array([])])]),
                ]))
        connection.close()
    }

    @Test("The database of the endpoint is the one that is used")
    func database() async throws {
        let server = try await RedisTestServer()
        var endpoint = server.unix
        endpoint.database = 3
        let third = try await RedisConnection.connect(to: endpoint, on: group)
        let zeroth = try await RedisConnection.connect(to: server.unix, on: group)
        _ = try await third.send(RedisCommand("SET", "a", "1"))
        #expect(try await third.send(RedisCommand("EXISTS", "a")) == .integer(1))
        #expect(try await zeroth.send(RedisCommand("EXISTS", "a")) == .integer(0))
        endpoint.database = 99
        await #expect(throws: RedisError.self) { try await RedisConnection.connect(to: endpoint, on: group) }
        third.close()
        zeroth.close()
    }

    @Test("A thousand commands at once keep their replies apart")
    func concurrentCommands() async throws {
        let server = try await RedisTestServer()
        let connection = try await RedisConnection.connect(to: server.tcp, on: group)
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            for number in 0..<1000 {
                tasks.addTask {
                    let echo = try await connection.send(RedisCommand("ECHO", String(number)))
                    return echo.text == String(number)
                }
            }
            for try await isRight in tasks { #expect(isRight) }
        }
        connection.close()
    }

    @Test("More pipelines than may wait are refused, and the connection lives on")
    func boundedPending() async throws {
        let server = try await RedisTestServer()
        let connection = try await RedisConnection.connect(to: server.tcp, on: group, maximumPending: 4)
        server.pause()
        await withTaskGroup(of: RedisError?.self) { tasks in
            for _ in 0..<10 {
                tasks.addTask {
                    do throws(RedisError) {
                        _ = try await connection.send(RedisCommand("PING"), timeout: .seconds(60))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            // While the server is held, only those that find no room can end; a PING of the connection's own may wait too.
            for _ in 0..<6 { #expect(await tasks.next()??.kind == .overloaded) }
            server.resume()
            for await failure in tasks { #expect(failure == nil || failure?.kind == .overloaded) }
        }
        #expect(try await connection.send(RedisCommand("PING"), timeout: .seconds(60)) == .status("PONG"))
        connection.close()
    }
}
