import CoreServer
import NIOCore
import NIOPosix
import Testing

/// A connection on which a test writes bytes and reads what comes back.
struct RawConnection {
    fileprivate var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    fileprivate let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private(set) var unread = ""

    static func open<Result: Sendable>(
        _ listener: CoreConfiguration.Listener,
        _ use: @escaping @Sendable (inout RawConnection) async throws -> Result
    ) async throws -> Result {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        let wrap: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        let channel =
            switch listener {
            case .unix(let path, _): try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: wrap)
            case .tcp(let host, let port), .tls(let host, let port, _):
                try await bootstrap.connect(host: host, port: port, channelInitializer: wrap)
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(iterator: inbound.makeAsyncIterator(), outbound: outbound)
            return try await use(&connection)
        }
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    /// Reads until `isEnough` of what is unread, and takes that; all of it when the other side closes first.
    mutating func read(until isEnough: (String) -> Bool) async throws -> String {
        while !isEnough(unread) {
            guard let more = try await iterator.next() else { break }
            unread += String(buffer: more)
        }
        defer { unread = "" }
        return unread
    }

    /// Whether the other side has closed, after whatever it still sends.
    mutating func readsEnd() async -> Bool {
        do {
            while try await iterator.next() != nil {}
        } catch {
            return true
        }
        return true
    }

    /// One request and its whole answer; the length of the body is read from the answer.
    mutating func ask(
        _ method: String, _ target: String, _ fields: [(String, String)] = [], body: String = ""
    ) async throws -> Answer {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + body)
        let received = try await read { Answer($0, hasBody: method != "HEAD") != nil }
        return try #require(Answer(received, hasBody: method != "HEAD"), "no whole answer in: \(received)")
    }
}

/// A parsed HTTP answer.
struct Answer: Sendable {
    let status: Int
    let fields: [String: String]
    let body: String

    /// Nil while `text` is not a whole answer.
    init?(_ text: String, hasBody: Bool) {
        let bytes = Array(text.utf8)
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let head = String(text.utf8[..<end.lowerBound]) ?? ""
        let lines = head.split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2, let code = Int(first[1]) else {
            return nil
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        status = code
        self.fields = fields
        let rest = bytes[text.utf8.distance(from: text.utf8.startIndex, to: end.upperBound)...]
        if let length = fields["content-length"].flatMap({ Int($0) }), hasBody {
            guard rest.count >= length else { return nil }
            body = String(decoding: rest.prefix(length), as: UTF8.self)
        } else if fields["transfer-encoding"] == "chunked", hasBody {
            guard let whole = Self.joined(rest) else { return nil }
            body = whole
        } else {
            body = ""
        }
    }

    private static func joined(_ chunks: ArraySlice<UInt8>) -> String? {
        var rest = chunks
        var body: [UInt8] = []
        while let end = rest.firstRange(of: Array("\r\n".utf8)) {
            guard let length = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16) else {
                return nil
            }
            rest = rest[end.upperBound...]
            guard rest.count >= length + 2 else { return nil }
            if length == 0 { return String(decoding: body, as: UTF8.self) }
            body += rest.prefix(length)
            rest = rest.dropFirst(length + 2)
        }
        return nil
    }
}
