import SignIn
import Testing

@testable import GatewayServer

@Suite("Values that only one browser knows")
struct BrowserTokenTests {
    @Test("The S256 challenge is that of RFC 7636, appendix B")
    func challenge() {
        #expect(
            SignInProof(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").challenge
                == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test("A form token holds for the browser it was made for")
    func formToken() {
        let tokens = BrowserToken()
        let browser = BrowserToken.random()
        #expect(tokens.isForm(tokens.form(for: browser), for: browser))
        #expect(!tokens.isForm(tokens.form(for: browser), for: BrowserToken.random()))
        #expect(!tokens.isForm(nil, for: browser))
        #expect(!BrowserToken().isForm(tokens.form(for: browser), for: browser))
    }

    @Test("Two random values differ and are well formed")
    func random() {
        let (one, two) = (BrowserToken.random(), BrowserToken.random())
        #expect(one != two)
        #expect(BrowserToken.isWellFormed(one))
        #expect(!BrowserToken.isWellFormed(one + "A"))
    }
}
