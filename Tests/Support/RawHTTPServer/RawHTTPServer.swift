import Foundation
import Glibc
import Synchronization

/// A server on a loopback port that answers each request with the bytes a test chooses: also wrong ones, too many, or
/// none at all.
package final class RawHTTPServer: Sendable {
    package struct Request: Sendable {
        package let method: String
        package let target: String
        /// Names in lower case.
        package let headers: [String: String]
        package let body: String
    }

    package enum Reply: Sendable {
        case bytes([UInt8])
        /// Never ends: the bytes once, then the second ones for ever.
        case endless([UInt8], [UInt8])
        /// Nothing, until the client gives up.
        case silence
    }

    package let port: Int
    private let listener: Int32
    private let received = Mutex<[Request]>([])
    private let reply: @Sendable (Request) -> Reply

    package struct Failure: Error {}

    package init(_ reply: @escaping @Sendable (Request) -> Reply) throws {
        self.reply = reply
        signal(SIGPIPE, SIG_IGN)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure() }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, size) = (listener, length)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = Int(in_port_t(bigEndian: address.sin_port))
        Thread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                Thread { self.serve(connection) }.start()
            }
        }.start()
    }

    /// Ends the accept loop. Call it at the end of a test.
    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { received.withLock { $0 } }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        while let request = Self.read(connection) {
            received.withLock { $0.append(request) }
            switch reply(request) {
            case .bytes(let bytes):
                guard Self.write(bytes, connection) else { return }
            case .endless(let first, let rest):
                guard Self.write(first, connection) else { return }
                while Self.write(rest, connection) {}
                return
            case .silence:
                var byte = UInt8(0)
                _ = recv(connection, &byte, 1, 0)
                return
            }
        }
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var headEnd: Int?
        var length = 0
        while true {
            if headEnd == nil, let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                headEnd = end.upperBound
                length = head(bytes[..<end.lowerBound])["content-length"].flatMap { Int($0) } ?? 0
            }
            if let headEnd, bytes.count >= headEnd + length { break }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
        guard let headEnd else { return nil }
        let line = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self).split(separator: " ")
        guard line.count == 3 else { return nil }
        return Request(
            method: String(line[0]), target: String(line[1]), headers: head(bytes[..<(headEnd - 4)]),
            body: String(decoding: bytes[headEnd...], as: UTF8.self))
    }

    private static func head(_ bytes: ArraySlice<UInt8>) -> [String: String] {
        var fields: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    private static func write(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

extension RawHTTPServer.Reply {
    /// A complete answer.
    package static func answer(
        _ status: Int = 200, _ body: String = "", type: String = "application/json", headers: [String] = []
    ) -> Self {
        let fields = ["Content-Type: \(type)", "Content-Length: \(body.utf8.count)"] + headers
        return .bytes(
            Array("HTTP/1.1 \(status) X\r\n\(fields.map { "\($0)\r\n" }.joined())\r\n\(body)".utf8))
    }
}
