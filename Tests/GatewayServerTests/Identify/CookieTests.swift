import Testing

@testable import GatewayServer

@Suite("Cookies")
struct CookieTests {
    @Test(
        "the session's value is read from the one cookie of exactly that name",
        arguments: [
            (["calyx=abc"], CookieFields.Value.one("abc")), (["a=1; calyx=abc; b=2"], .one("abc")),
            (["a=1;calyx=abc"], .one("abc")), (["a=1", "calyx=abc"], .one("abc")), (["calyx="], .one("")),
            (["calyx=a=b"], .one("a=b")), (["calyx=\"abc\""], .one("\"abc\"")), ([], .none), ([";;;=;=;;"], .none),
            (["xcalyx=abc"], .none), (["calyxx=abc"], .none), (["Calyx=abc"], .none), (["calyx"], .none),
            (["=calyx=abc"], .none), (["a=\"calyx=abc\""], .none), (["calyx =abc"], .none),
            (["$Version=1; a=\"calyx=abc\"; $Path=/"], .none), (["calyx_chunks=9; calyx_0=a"], .none),
            (["calyx=a; calyx=b"], .several), (["calyx=a", "calyx=b"], .several), (["calyx=a; calyx=a"], .several),
        ])
    func values(fields: [String], value: CookieFields.Value) {
        #expect(CookieFields.value(of: "calyx", in: fields) == value)
    }

    @Test("names and attributes follow the browser's side and the prefix")
    func names() throws {
        let plain = CookieNames(prefix: .none, override: nil)
        #expect(
            plain.session(isSecure: true).set("v", maxAge: 60)
                == "__Host-calyx=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60")
        #expect(plain.session(isSecure: false).set("v", maxAge: nil) == "calyx=v; Path=/; HttpOnly; SameSite=Lax")
        let prefixed = CookieNames(prefix: try #require(PathPrefix("/ops/flower")), override: nil)
        #expect(prefixed.session(isSecure: true).name == "__Host-calyx-ops-flower")
        #expect(
            prefixed.session(isSecure: true).cleared
                == "__Host-calyx-ops-flower=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0")
        #expect(
            prefixed.session(isSecure: false).set("v", maxAge: nil)
                == "calyx-ops-flower=v; Path=/ops/flower/; HttpOnly; SameSite=Lax")
        #expect(prefixed.flow(isSecure: true).name != prefixed.session(isSecure: true).name)
        let named = CookieNames(prefix: .none, override: "monitor")
        #expect(
            named.session(isSecure: true).set("v", maxAge: nil) == "monitor=v; Path=/; HttpOnly; SameSite=Lax; Secure")
    }
}
