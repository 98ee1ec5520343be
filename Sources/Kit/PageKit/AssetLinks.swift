/// Addresses of assets, each with its hash.
package struct AssetLinks: Sendable {
    private let links: Links
    private let base: StaticString

    /// What the core serves, to who is signed in.
    package static func core(prefix: String) -> AssetLinks { AssetLinks(prefix: prefix, base: "/static/") }

    /// What the gateway serves, to anyone.
    package static func signIn(prefix: String) -> AssetLinks { AssetLinks(prefix: prefix, base: "/login/assets/") }

    private init(prefix: String, base: StaticString) {
        links = Links(prefix: prefix)
        self.base = base
    }

    package func link(_ name: StaticString) -> Link {
        let name = "\(name)"
        let version = WebAssets.find(name).map { [(name: "v", value: $0.hash)] } ?? []
        return Link(prefix: links.prefix, requestPath: "\(base)" + name, query: version)
    }
}
