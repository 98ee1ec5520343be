/// Joins our ES modules into one, so that a page needs one request for them.
///
/// The modules are written for this: an import is one line, `import { a, b } from "./file.js";`, exports are named, and
/// top-level names differ between modules.
enum ModuleBundle {
    static func join(_ modules: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var joined: [String] = []
        for module in modules {
            joined.append("// \(module.name)")
            for line in String(decoding: module.bytes, as: UTF8.self).split(separator: "\n") {
                if line.hasPrefix("import ") { continue }
                joined.append(line.hasPrefix("export ") ? String(line.dropFirst("export ".count)) : String(line))
            }
        }
        return Array(joined.joined(separator: "\n").utf8)
    }
}
