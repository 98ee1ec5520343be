/// The configuration file that is in use, read.
struct ConfigurationFile {
    var path: String
    /// Flower's file: it then gives way to flags only by Flower's order (flag, file, environment).
    var isFlowerConfig: Bool
    var options: [RawOption] = []
    var problems: [OptionProblem] = []
    var notices: [OptionNotice] = []

    /// Looked for, in this order, when no file is named.
    static let usual = ["calyx.yaml", "flowerconfig.py", "/etc/calyx/calyx.yaml"]

    /// The file `named` by an option, or the first usual one in `directory`, or nil when there is none.
    static func find(named: (path: String, source: OptionSource)?, directory: String) -> ConfigurationFile? {
        if let named { return read(absolute(named.path, in: directory), shown: named.path, isRequired: true) }
        var found: ConfigurationFile?
        for name in usual {
            guard let first = found?.path else {
                found = read(absolute(name, in: directory), shown: name, isRequired: false)
                continue
            }
            if name == "flowerconfig.py", exists(absolute(name, in: directory)) {
                found?.notices.append(
                    OptionNotice(.warning, "flowerconfig.py is not read, because \(first) is there"))
            }
        }
        return found
    }

    private static func read(_ path: String, shown: String, isRequired: Bool) -> ConfigurationFile? {
        var file = ConfigurationFile(path: shown, isFlowerConfig: path.hasSuffix(".py"))
        do throws(SmallFile.Failure) {
            let text = try SmallFile.text(at: path)
            if file.isFlowerConfig {
                FlowerConfigFile.read(text, into: &file)
            } else {
                YAMLFile.read(text, into: &file)
            }
        } catch {
            if error.isMissing, !isRequired { return nil }
            file.problems.append(OptionProblem("conf: cannot read \(shown): \(error.reason)"))
        }
        return file
    }

    private static func exists(_ path: String) -> Bool { (try? SmallFile.bytes(at: path)) != nil }

    static func absolute(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") ? path : directory + "/" + path
    }
}
