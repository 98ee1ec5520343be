/// Puts the sources together, strongest first: flag, environment, file, default; with a `flowerconfig.py` flag, file,
/// environment, default, as in Flower.
struct OptionResolver {
    private(set) var values = OptionValues()
    private(set) var problems: [OptionProblem] = []
    private(set) var notices: [OptionNotice] = []
    /// The configuration file in use, as named.
    private(set) var file: String?

    init(arguments: ParsedArguments, environment: [String: String], directory: String) {
        problems = arguments.problems
        notices = arguments.notices
        let fromEnvironment = EnvironmentOptions.read(environment)
        notices += fromEnvironment.notices
        let named = Self.last("conf", in: arguments.options) ?? Self.last("conf", in: fromEnvironment.options)
        let file = ConfigurationFile.find(
            named: named.flatMap { raw in raw.value.shown.isEmpty ? nil : (raw.value.shown, raw.source) },
            directory: directory)
        self.file = file?.path
        problems += file?.problems ?? []
        notices += file?.notices ?? []
        let fromFile = (file?.options ?? []).filter { $0.option.name != "conf" }
        let ranked =
            file?.isFlowerConfig == true
            ? [arguments.options, fromFile, fromEnvironment.options]
            : [arguments.options, fromEnvironment.options, fromFile]
        for option in OptionTable.all { values[option.name] = resolve(option, ranked) }
        for option in OptionTable.all { readSecretFile(of: option, ranked, directory: directory) }
        noteOptionsWithoutEffect()
    }

    private static func last(_ name: String, in options: [RawOption]) -> RawOption? {
        options.last { $0.option.name == name }
    }

    private mutating func resolve(_ option: OptionDefinition, _ ranked: [[RawOption]]) -> OptionValues.Entry {
        // Every bad value is a problem, even one that a stronger source overrides: it would bite later.
        var chosen: OptionValues.Entry?
        for options in ranked {
            guard let raw = Self.last(option.name, in: options) else { continue }
            guard let value = option.kind.parse(raw.value) else {
                problems.append(.value(option, read: raw.value, from: raw.source))
                continue
            }
            if chosen == nil { chosen = OptionValues.Entry(option: option, value: value, source: raw.source) }
        }
        if let chosen { return chosen }
        let value = option.defaultText.flatMap { option.kind.parse(.scalar($0)) }
        return OptionValues.Entry(option: option, value: value, source: .unset)
    }

    private mutating func readSecretFile(
        of option: OptionDefinition, _ ranked: [[RawOption]], directory: String
    ) {
        guard let form = OptionTable.fileForm(of: option), let path = values.text(form.name) else { return }
        let rank = { (name: String) in ranked.firstIndex { options in Self.last(name, in: options) != nil } }
        if let direct = rank(option.name), let indirect = rank(form.name) {
            if direct < indirect { return }
            if direct == indirect {
                return problems.append(
                    OptionProblem("\(option.name): set together with \(form.name); leave one of them out"))
            }
        }
        do throws(SmallFile.Failure) {
            let text = try SmallFile.secret(at: ConfigurationFile.absolute(path, in: directory))
            let source = OptionSource.derived("\(path) (\(values.source(of: form.name).description))")
            guard let value = option.kind.parse(.scalar(text)) else {
                return problems.append(.value(option, read: .scalar(text), from: source))
            }
            values[option.name] = OptionValues.Entry(option: option, value: value, source: source)
        } catch {
            problems.append(OptionProblem("\(form.name): cannot read \(path): \(error.reason)"))
        }
    }

    private mutating func noteOptionsWithoutEffect() {
        for entry in values.all where entry.isSet {
            guard let reason = entry.option.withoutEffect else { continue }
            notices.append(
                OptionNotice(.info, "\(entry.option.name) (\(entry.source.description)) has no effect: \(reason)"))
        }
    }
}
