import Identity
import Testing

@testable import GatewayServer

@Suite("The proxy doctor")
struct ProxyDoctorTests {
    func configuration(_ change: (inout GatewayConfiguration) -> Void) throws -> GatewayConfiguration {
        let keys = try #require(AssertionKeys([[UInt8](repeating: 7, count: 32)]))
        var configuration = GatewayConfiguration(
            listeners: [.tcp(host: "127.0.0.1", port: 5555)], core: .unix(path: "/x"), keys: keys)
        change(&configuration)
        return configuration
    }

    func options(_ change: (inout GatewayConfiguration) -> Void) throws -> [String] {
        ProxyDoctor(ProxySetup(try configuration(change))).findings().map { "\($0.level.rawValue) \($0.option)" }
    }

    @Test("says nothing when all fits")
    func sound() throws {
        #expect(try options { _ in } == [])
        let behindNginx = try options {
            $0.prefix = PathPrefix("/flower") ?? .none
            $0.externalURL = ExternalURL("https://calyx.example")
            $0.trustedProxies = [AddressRange("127.0.0.1")].compactMap(\.self)
        }
        #expect(behindNginx == [])
    }

    @Test("notices ranges that are nearly everybody", arguments: ["0.0.0.0/0", "0.0.0.0/7", "::/0", "::ffff:0:0/96"])
    func everybody(range: String) throws {
        let found = try options { $0.trustedProxies = [AddressRange(range)].compactMap(\.self) }
        #expect(found == ["wrong trusted_proxies"])
    }

    @Test("takes private networks for proxies", arguments: ["10.0.0.0/8", "fd00::/8", "::1", "192.168.1.7"])
    func networks(range: String) throws {
        let proxies = [AddressRange(range)].compactMap(\.self)
        #expect(try options { $0.trustedProxies = proxies } == [])
        #expect(proxies.map(\.description) == [range])
    }

    @Test("looks at the certificate's key")
    func certificate() throws {
        let files = try TestCertificate.write()
        let missing = GatewayConfiguration.TLSFiles(certificate: files.certificate, key: "/nowhere")
        #expect(try options { $0.tls = missing } == ["wrong certfile"])
        #expect(try options { $0.tls = files } == [])
        let foreign = try options {
            $0.tls = files
            $0.externalURL = ExternalURL("https://other.example")
        }
        #expect(foreign.contains("wrong certfile"))
    }

    @Test("keeps a bounded number of sightings, and counts")
    func sightings() {
        let sightings = ProxySightings()
        #expect(sightings.untrusted("192.0.2.1"))
        for number in 0..<1000 {
            #expect(!sightings.untrusted("192.0.2.\(number % 200)"))
            sightings.foreign(String(repeating: "x", count: 500) + "\(number)", own: "https://a")
        }
        let report = sightings.current
        #expect(report.untrusted.count == 8 && report.untrusted[0].requests == 6)
        #expect(report.foreign.count == 1 && report.foreign[0].origin.count == 200)
    }
}
