import Yams

/// `calyx.yaml`: one mapping of option names to values or lists of values.
enum YAMLFile {
    static func read(_ text: String, into file: inout ConfigurationFile) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            return file.problems.append(OptionProblem("conf: \(file.path) is not YAML: \(describe(error))"))
        }
        guard let root, !isNull(root) else { return }
        guard case .mapping(let mapping) = root else {
            return file.problems.append(
                OptionProblem("conf: \(file.path) must be a mapping of options, e.g. 'port: 5555'"))
        }
        for (key, value) in mapping {
            let line = key.mark?.line ?? value.mark?.line ?? 1
            let source = OptionSource.file(path: file.path, line: line)
            guard let name = key.scalar?.string else {
                file.problems.append(OptionProblem("conf: \(source.description): an option name must be a text"))
                continue
            }
            guard let option = OptionTable.option(name) else {
                file.problems.append(.unknown(name, in: source.description))
                continue
            }
            take(value, of: option, source: source, into: &file)
        }
    }

    private static func take(
        _ node: Node, of option: OptionDefinition, source: OptionSource, into file: inout ConfigurationFile
    ) {
        if isNull(node) { return }
        if case .records = option.kind, case .sequence(let sequence) = node,
            sequence.contains(where: { if case .mapping = $0 { true } else { false } })
        {
            return takeRecords(sequence, of: option, source: source, into: &file)
        }
        switch node {
        case .scalar(let scalar):
            file.options.append(RawOption(option: option, value: .scalar(scalar.string), source: source))
        case .sequence(let sequence):
            let items = sequence.compactMap { $0.scalar?.string }
            if items.count == sequence.count {
                file.options.append(RawOption(option: option, value: .sequence(items), source: source))
                return
            }
            fallthrough
        default:
            file.problems.append(
                OptionProblem(
                    "\(option.name): \(source.description) has a nested structure; allowed is \(option.kind.allowed)"))
        }
    }

    private static func takeRecords(
        _ sequence: Node.Sequence, of option: OptionDefinition, source: OptionSource, into file: inout ConfigurationFile
    ) {
        var records: [OptionRecord] = []
        for item in sequence {
            let place = "\(file.path) line \(item.mark?.line ?? 1)"
            var fields: [OptionRecord.Field] = []
            if let text = item.scalar?.string, let record = OptionRecord(text: text) { fields = record.fields }
            if case .mapping(let mapping) = item {
                for (key, value) in mapping where !isNull(value) {
                    var values: [String]?
                    switch value {
                    case .scalar(let scalar): values = [scalar.string]
                    case .sequence(let inner):
                        let texts = inner.compactMap { $0.scalar?.string }
                        values = texts.count == inner.count ? texts : nil
                    default: break
                    }
                    guard let name = key.scalar?.string, let values else {
                        file.problems.append(
                            OptionProblem(
                                "\(option.name): \(place): the value of \(key.scalar?.string ?? "a field") is nested; "
                                    + "allowed are a text or a list of texts"))
                        continue
                    }
                    fields.append(OptionRecord.Field(name: OptionName.canonical(name), values: values))
                }
            }
            guard !fields.isEmpty else {
                file.problems.append(OptionProblem("\(option.name): \(place) is no mapping of fields to values"))
                continue
            }
            records.append(OptionRecord(fields: fields, place: place))
        }
        file.options.append(RawOption(option: option, value: .records(records), source: source))
    }

    private static func isNull(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? YamlError else { return "\(error)" }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            return "line \(context.mark.line): \(duplicates.map { "\($0)" }.joined(separator: ", ")) twice"
        default: return "\(error)"
        }
    }
}
