import Foundation
import Glibc
import OutboundHTTP
import Testing

@Suite("Outbound TLS")
struct OutboundTLSTests {
    @Test("A certificate nobody vouches for is refused, and accepted with its authority in a CA file")
    func verification() async throws {
        let server = try TLSServer(subject: "localhost", alternativeName: "DNS:localhost")
        defer { server.stop() }
        let url = "https://localhost:\(server.port)/"
        #expect(await outcome(url, caFile: nil) == .tlsFailed)
        #expect(await outcome(url, caFile: server.certificate) == nil)
    }

    @Test("A certificate of another host is refused though its authority is trusted")
    func hostName() async throws {
        let server = try TLSServer(subject: "other.example", alternativeName: "DNS:other.example")
        defer { server.stop() }
        #expect(await outcome("https://localhost:\(server.port)/", caFile: server.certificate) == .tlsFailed)
    }

    /// The error, nil for an answer.
    private func outcome(_ url: String, caFile: String?) async -> OutboundHTTPError.Code? {
        var configuration = OutboundHTTPConfiguration(allowedOrigins: Set([OutboundOrigin(url)].compactMap { $0 }))
        configuration.caFile = caFile
        do throws(OutboundHTTPError) {
            _ = try await OutboundHTTPClient(configuration: configuration).send(OutboundRequest(.get, url))
            return nil
        } catch {
            return error.code
        }
    }
}

/// `openssl s_server` with a certificate of its own.
private final class TLSServer {
    let port: Int
    let certificate: String
    private let directory: URL
    private let server = Process()

    struct Failure: Error {}

    init(subject: String, alternativeName: String) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("calyx-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        certificate = directory.appendingPathComponent("cert.pem").path
        let key = directory.appendingPathComponent("key.pem").path
        let make = Process()
        make.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        make.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=\(subject)", "-addext", "subjectAltName=\(alternativeName)", "-keyout", key, "-out",
            certificate,
        ]
        make.standardError = FileHandle.nullDevice
        try make.run()
        make.waitUntilExit()
        guard make.terminationStatus == 0 else { throw Failure() }

        let output = Pipe()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        server.arguments = ["s_server", "-accept", "0", "-www", "-cert", certificate, "-key", key]
        server.standardInput = Pipe()
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        // It tells the port the system chose: `ACCEPT 0.0.0.0:43210` or `ACCEPT [::]:43210`.
        var text = ""
        while !text.contains("\n") || !text.contains("ACCEPT ") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure() }
            text += String(decoding: data, as: UTF8.self)
        }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT ") }),
            let port = line.split(separator: ":").last.flatMap({ Int($0) })
        else { throw Failure() }
        self.port = port
    }

    func stop() {
        // Not SIGTERM: the child has inherited the signal mask of a worker thread, which blocks it.
        kill(server.processIdentifier, SIGKILL)
        server.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }
}
