import Crypto

/// All assets, prepared once: scripts joined, references between files given their hashes, everything compressed.
package enum WebAssets {
    package static let all: [WebAsset] = prepare(EmbeddedFiles.all)

    package static func find(_ name: String) -> WebAsset? { all.first { $0.name == name } }

    /// The modules of `calyx.js`, each after those that it imports.
    static let modules = [
        "policy.js", "patch.js", "status.js", "session.js", "clock.js", "appearance.js", "copy.js", "live.js",
        "keys.js", "send.js", "confirm.js", "outcome.js", "act.js", "page.js",
    ]

    /// The files of `prepare(_:)` in an order in which every file comes after those that it refers to.
    private static let served = ["icons.svg", "favicon.svg", "calyx.css", "theme.js", "calyx.js"]

    static func prepare(_ files: [String: [UInt8]]) -> [WebAsset] {
        var files = files
        files["calyx.js"] = ModuleBundle.join(modules.map { ($0, files[$0] ?? []) })
        var prepared: [WebAsset] = []
        for name in served {
            guard let file = files[name] else { continue }
            prepared.append(asset(name, referring(file, to: prepared)))
        }
        return prepared
    }

    /// Gives `"icons.svg` in a file its version: `"icons.svg?v=0123456789ab`.
    private static func referring(_ file: [UInt8], to assets: [WebAsset]) -> [UInt8] {
        var text = String(decoding: file, as: UTF8.self)
        for asset in assets {
            text = text.split(separator: "\"\(asset.name)", omittingEmptySubsequences: false)
                .joined(separator: "\"\(asset.name)?v=\(asset.hash)")
        }
        return Array(text.utf8)
    }

    private static func asset(_ name: String, _ bytes: [UInt8]) -> WebAsset {
        let digits = Array("0123456789abcdef")
        let hash = String(SHA256.hash(data: bytes).prefix(6).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        let compressed = Gzip.compressed(bytes)
        return WebAsset(
            name: name, mimeType: mimeType(of: name), bytes: bytes,
            gzip: compressed.flatMap { $0.count < bytes.count ? $0 : nil }, etag: "\"\(hash)\"", hash: hash)
    }

    private static func mimeType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
