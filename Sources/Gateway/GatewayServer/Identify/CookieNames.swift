/// The names and attributes of the gateway's cookies.
///
/// Where the browser speaks https they carry `__Host-`: no other host or path can set them. The prefix is part of the
/// name, so two instances behind one host name do not sign each other out.
struct CookieNames: Sendable {
    struct Cookie: Sendable, Equatable {
        let name: String
        private let attributes: String

        fileprivate init(name: String, path: String, isSecure: Bool) {
            self.name = name
            attributes = "; Path=\(path); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
        }

        /// The value of `Set-Cookie`. Without `maxAge` (seconds) the cookie ends with the browser session.
        func set(_ value: String, maxAge: Int?) -> String {
            "\(name)=\(value)\(attributes)" + (maxAge.map { "; Max-Age=\($0)" } ?? "")
        }

        var cleared: String { "\(name)=\(attributes); Max-Age=0" }
    }

    private let secureSession: Cookie
    private let plainSession: Cookie
    private let secureFlow: Cookie
    private let plainFlow: Cookie

    init(prefix: PathPrefix, override: String?) {
        let suffix = String(prefix.value.map { $0 == "/" ? "-" : $0 })
        let plainPath = prefix.value + "/"
        func cookie(_ name: String, isSecure: Bool) -> Cookie {
            Cookie(name: name, path: name.hasPrefix("__Host-") ? "/" : plainPath, isSecure: isSecure)
        }
        secureSession = cookie(override ?? "__Host-calyx\(suffix)", isSecure: true)
        plainSession = cookie(override ?? "calyx\(suffix)", isSecure: false)
        secureFlow = cookie("__Host-calyx-signin\(suffix)", isSecure: true)
        plainFlow = cookie("calyx-signin\(suffix)", isSecure: false)
    }

    func session(isSecure: Bool) -> Cookie { isSecure ? secureSession : plainSession }

    /// Holds a random value that binds sign-in forms and flows to the browser. It is never a session.
    func flow(isSecure: Bool) -> Cookie { isSecure ? secureFlow : plainFlow }
}
