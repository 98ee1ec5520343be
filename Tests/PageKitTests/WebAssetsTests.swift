import Testing

@testable import PageKit

@Suite("Assets are embedded, named by their content and small")
struct WebAssetsTests {
    private func text(_ name: String) throws -> String {
        String(decoding: try #require(WebAssets.find(name)).bytes, as: UTF8.self)
    }

    @Test(
        "Every file that pages name is there with its type",
        arguments: [
            ("calyx.css", "text/css; charset=utf-8"), ("calyx.js", "text/javascript; charset=utf-8"),
            ("theme.js", "text/javascript; charset=utf-8"), ("icons.svg", "image/svg+xml"),
            ("favicon.svg", "image/svg+xml"),
        ])
    func served(_ name: String, _ mimeType: String) throws {
        let asset = try #require(WebAssets.find(name))
        #expect(asset.mimeType == mimeType)
        #expect(asset.bytes.count > 100)
        #expect(asset.hash.count == 12 && asset.hash.allSatisfy(\.isHexDigit))
        #expect(asset.etag == "\"\(asset.hash)\"")
    }

    @Test("Sources of the joined script are not served one by one")
    func sourcesAreNotServed() {
        #expect(WebAssets.find("live.js") == nil)
        #expect(Set(WebAssets.all.map(\.name)).count == WebAssets.all.count)
    }

    @Test(
        "Nothing is known under a name that is no file's", arguments: ["", "../calyx.css", "CALYX.CSS", "calyx.css.gz"])
    func unknown(_ name: String) {
        #expect(WebAssets.find(name) == nil)
    }

    @Test("What pages load stays small")
    func sizes() throws {
        #expect(try #require(WebAssets.find("calyx.css")?.gzip).count <= 12_000)
        let scripts = try ["calyx.js", "theme.js"].map { try #require(WebAssets.find($0)?.gzip).count }
        #expect(scripts.reduce(0, +) <= 30_000)
    }

    @Test("The compressed form has gzip's header and size")
    func gzip() throws {
        let asset = try #require(WebAssets.find("calyx.css"))
        let gzip = try #require(asset.gzip)
        #expect(gzip.prefix(3) == [0x1F, 0x8B, 8])
        // RFC 1952: the last four bytes are the length of what was compressed, least significant byte first.
        let length = gzip.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(length == asset.bytes.count)
    }

    @Test("A file names another with its hash, so that a new one is fetched anew")
    func references() throws {
        let icons = try #require(WebAssets.find("icons.svg"))
        let style = try text("calyx.css")
        #expect(style.contains("url(\"icons.svg?v=\(icons.hash)#failure\")"))
        #expect(!style.contains("\"icons.svg#"))
    }

    @Test("A change of a file changes the hash of those that name it")
    func hashesFollow() throws {
        let before = WebAssets.prepare([
            "calyx.css": Array("a{b:url(\"icons.svg#x\")}".utf8), "icons.svg": Array("<svg/>".utf8),
        ])
        let after = WebAssets.prepare([
            "calyx.css": Array("a{b:url(\"icons.svg#x\")}".utf8), "icons.svg": Array("<svg />".utf8),
        ])
        let hash = { (assets: [WebAsset]) in assets.first { $0.name == "calyx.css" }?.hash }
        #expect(hash(before) != hash(after))
    }

    @Test("Modules are joined into one without imports and exports")
    func bundle() throws {
        let script = try text("calyx.js")
        let lines = script.split(separator: "\n")
        #expect(!lines.contains { $0.hasPrefix("import ") || $0.hasPrefix("export ") })
        for module in WebAssets.modules { #expect(script.contains("// \(module)")) }
    }

    @Test("Every module is joined after those that it imports, and imports in one line")
    func moduleOrder() throws {
        for (index, name) in WebAssets.modules.enumerated() {
            let source = String(decoding: try #require(EmbeddedFiles.all[name]), as: UTF8.self)
            for line in source.split(separator: "\n") where line.contains(" from \"./") {
                #expect(line.hasPrefix("import { ") && line.hasSuffix("\";"), "\(name): \(line)")
                let imported = try #require(line.split(separator: "\"./").last?.split(separator: "\"").first)
                let place = try #require(WebAssets.modules.firstIndex(of: String(imported)))
                #expect(place < index, "\(name) imports \(imported)")
            }
        }
    }

    @Test("Names at the top of the modules differ, since they share one scope when joined")
    func namesDiffer() throws {
        var seen: [String: String] = [:]
        for name in WebAssets.modules {
            let source = String(decoding: try #require(EmbeddedFiles.all[name]), as: UTF8.self)
            for line in source.split(separator: "\n") {
                let words = line.split(whereSeparator: { " (=;,".contains($0) }).map(String.init)
                    .filter { $0 != "export" && $0 != "async" }
                guard let kind = words.first, ["const", "let", "function", "class"].contains(kind), words.count > 1,
                    line.first?.isLetter == true
                else { continue }
                #expect(seen.updateValue(name, forKey: words[1]) == nil, "\(words[1]) in \(name)")
            }
        }
        #expect(seen.count > 30)
    }

    @Test("Only the module with our own policy turns text into elements")
    func markupInScripts() throws {
        for name in WebAssets.modules + ["theme.js"] where name != "policy.js" {
            let source = String(decoding: try #require(EmbeddedFiles.all[name]), as: UTF8.self)
            for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                #expect(!source.contains(sink), "\(name): \(sink)")
            }
        }
    }

    @Test("The style sheet loads nothing from elsewhere and needs no data: addresses")
    func styleLoadsOnlyOurs() throws {
        let style = try text("calyx.css")
        #expect(!style.contains("http:") && !style.contains("https:") && !style.contains("data:"))
    }

    @Test("Every icon that the style names is in the sprite")
    func icons() throws {
        let sprite = try text("icons.svg")
        let names = try text("calyx.css").split(separator: "#").dropFirst().compactMap { part in
            part.split(separator: "\")", maxSplits: 1).first.map(String.init)
        }.filter { $0.allSatisfy(\.isLetter) }
        #expect(names.count > 20)
        for name in names { #expect(sprite.contains("<view id=\"\(name)\""), "\(name)") }
    }
}
