import NIOCore
import Testing

@testable import GatewayServer

@Suite("Addresses and proxies")
struct AddressTests {
    @Test(
        "a range contains its addresses, v4-mapped ones included",
        arguments: [
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "203.0.113.9", true),
            ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false), ("::1", "::1", true),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ])
    func ranges(range: String, address: String, isContained: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == isContained)
    }

    @Test(
        "a malformed range is refused",
        arguments: [
            "", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "x", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8",
            "010.0.0.1", "[::1]", "fe80::1%eth0", "localhost",
        ])
    func malformedRanges(text: String) { #expect(AddressRange(text) == nil) }

    @Test("a peer of a dual-stack socket is the IPv4 address that it is")
    func mapped() throws {
        let peer = try SocketAddress(ipAddress: "::ffff:192.0.2.1", port: 5)
        #expect(IPAddress(peer) == IPAddress("192.0.2.1"))
        #expect(IPAddress(peer)?.description == "192.0.2.1")
        let v4 = try SocketAddress(ipAddress: "127.0.0.1", port: 5)
        #expect(IPAddress(v4)?.isLoopback == true)
        let v6 = try SocketAddress(ipAddress: "2001:db8::5", port: 5)
        #expect(IPAddress(v6)?.description == "2001:db8::5")
    }

    @Test("limits count a v6 customer as one address")
    func limitKeys() {
        func key(_ text: String) -> IPAddress? { IPAddress(text)?.limitKey }
        #expect(key("2001:db8::1") == key("2001:db8::2"))
        #expect(key("2001:db8:0:1::1") != key("2001:db8::1"))
        #expect(key("192.0.2.1") != key("192.0.2.2"))
    }

    static let proxies = TrustedProxies(
        ranges: ["10.0.0.0/8", "fd00::/8"].compactMap(AddressRange.init), trustsLocal: false)

    struct ForwardedCase: Sendable {
        let peer: String
        let fields: [String]
        let client: String

        init(_ peer: String, _ fields: [String], _ client: String) {
            self.peer = peer
            self.fields = fields
            self.client = client
        }
    }

    @Test(
        "the client is the right-most untrusted address that a trusted peer names",
        arguments: [
            ForwardedCase("203.0.113.9", ["127.0.0.1"], "203.0.113.9"),
            ForwardedCase("203.0.113.9", [], "203.0.113.9"),
            ForwardedCase("10.0.0.1", [], "10.0.0.1"),
            ForwardedCase("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
            ForwardedCase("10.0.0.1", ["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
            ForwardedCase("10.0.0.1", ["127.0.0.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ForwardedCase("10.0.0.1", ["127.0.0.1", "198.51.100.7", "10.0.0.2"], "198.51.100.7"),
            ForwardedCase("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ForwardedCase("10.0.0.1", ["evil, 10.0.0.2"], "10.0.0.2"),
            ForwardedCase("10.0.0.1", ["198.51.100.7, <script>"], "10.0.0.1"),
            ForwardedCase("10.0.0.1", ["198.51.100.7, "], "10.0.0.1"),
            ForwardedCase("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
            ForwardedCase("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
            ForwardedCase("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
            ForwardedCase("10.0.0.1", ["[2001:db8::1"], "10.0.0.1"),
            ForwardedCase("fd00::1", ["198.51.100.7"], "198.51.100.7"),
            ForwardedCase("::ffff:10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ])
    func forwardedFor(test: ForwardedCase) throws {
        let peer = Peer(try SocketAddress(ipAddress: test.peer, port: 1), proxies: Self.proxies)
        #expect(ForwardedFields(proxies: Self.proxies).client(of: peer, forwardedFor: test.fields) == test.client)
    }

    @Test("xheaders trusts loopback and unix peers, nothing else does")
    func localProxies() throws {
        let local = TrustedProxies(ranges: [], trustsLocal: true)
        let none = TrustedProxies(ranges: [], trustsLocal: false)
        let loopback = try SocketAddress(ipAddress: "::1", port: 1)
        let unix = try SocketAddress(unixDomainSocketPath: "/tmp/x")
        for address in [loopback, unix] {
            #expect(Peer(address, proxies: local).isTrustedProxy)
            #expect(!Peer(address, proxies: none).isTrustedProxy)
            #expect(Peer(address, proxies: none).isLocalOrTrusted)
        }
        let remote = Peer(try SocketAddress(ipAddress: "203.0.113.9", port: 1), proxies: local)
        #expect(!remote.isTrustedProxy && !remote.isLocalOrTrusted)
    }

    struct ViewCase: Sendable {
        var peer = "10.0.0.1"
        var external: String?
        var tls = false
        var proto: String?
        var host: String?
        let origin: String
    }

    @Test(
        "the browser's view comes from configuration, then from trusted proxies, then from the connection",
        arguments: [
            ViewCase(origin: "http://calyx.example:5555"),
            ViewCase(tls: true, origin: "https://calyx.example:5555"),
            ViewCase(proto: "https", origin: "https://calyx.example:5555"),
            ViewCase(proto: "http, HTTPS", origin: "https://calyx.example:5555"),
            ViewCase(proto: "ftp", origin: "http://calyx.example:5555"),
            ViewCase(proto: "https", host: "Outside.example:443", origin: "https://outside.example"),
            ViewCase(host: "bad host", origin: "http://calyx.example:5555"),
            ViewCase(peer: "203.0.113.9", proto: "https", host: "evil.example", origin: "http://calyx.example:5555"),
            ViewCase(
                external: "https://Calyx.example:443/flower", proto: "http", host: "evil.example",
                origin: "https://calyx.example"),
        ])
    func view(test: ViewCase) throws {
        let rule = BrowserViewRule(
            external: test.external.flatMap(ExternalURL.init), forwarded: ForwardedFields(proxies: Self.proxies),
            hasTLS: test.tls)
        let peer = Peer(try SocketAddress(ipAddress: test.peer, port: 1), proxies: Self.proxies)
        var fields = InspectedFields()
        fields.forwardedProto = test.proto
        fields.forwardedHost = test.host
        let view = rule.view(peer: peer, host: try #require(HostField("calyx.example:5555")), fields: fields)
        #expect(view.origin == test.origin)
        #expect(view.isSecure == test.origin.hasPrefix("https"))
    }

    @Test(
        "an external address is http or https with a host",
        arguments: [
            "", "calyx.example", "ftp://x", "https://", "https://a b", "https://a?b", "https://a#b", "https://u@a",
            "//a",
        ])
    func externalURLs(text: String) { #expect(ExternalURL(text) == nil) }
}
