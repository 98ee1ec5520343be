import SignIn
import Testing

@Suite("OAuth flows")
struct OAuthFlowTests {
    @Test("State, verifier and browser value are 43 characters and all different")
    func values() {
        var seen: Set<String> = []
        for _ in 0..<20 {
            let flow = OAuthFlow()
            for value in [flow.state, flow.verifier, flow.browser] {
                #expect(OAuthFlow.isRandomValue(value))
                seen.insert(value)
            }
        }
        #expect(seen.count == 60)
    }

    @Test("The challenge is that of RFC 7636, appendix B")
    func challenge() {
        #expect(
            OAuthFlow.challenge(for: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
                == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test("A browser keeps its value, but not one of another form")
    func browser() {
        let value = OAuthFlow.randomValue()
        #expect(OAuthFlow(browser: value).browser == value)
        for other in ["", "x", value + "A", "evil; Path=/", String(repeating: "!", count: 43)] {
            #expect(OAuthFlow(browser: other).browser != other)
        }
    }
}
