import PageKit
import Testing

@testable import GatewayServer

@Suite struct CoreFieldsTests {
    private func read(_ policy: String) -> CoreFields {
        CoreFields([("Content-Security-Policy", policy)], prefix: "/flower", keepsCaching: false)
    }

    @Test("A content policy of the core stands alone only when it is ours")
    func policies() {
        #expect(read(ContentSecurityPolicy.value).hasPolicy)
        for other in ["default-src *", "", ContentSecurityPolicy.value + "; script-src *"] {
            let core = read(other)
            #expect(!core.hasPolicy)
            #expect(core.fields.map(\.1) == [other])
        }
    }
}
