/// Flower's `flowerconfig.py`, as far as it consists of literal assignments; it is never run.
enum FlowerConfigFile {
    static func read(_ text: String, into file: inout ConfigurationFile) {
        let reader = PythonAssignmentReader.read(text)
        for assignment in reader.assignments {
            // Flower ignores names that are no options, so files may hold anything.
            guard let option = OptionTable.option(assignment.name) else { continue }
            let source = OptionSource.file(path: file.path, line: assignment.line)
            switch assignment.value {
            case .none: continue
            case .scalar(let text):
                file.options.append(RawOption(option: option, value: .scalar(text), source: source))
            case .sequence(let items):
                file.options.append(RawOption(option: option, value: .sequence(items), source: source))
            }
        }
        for line in reader.unreadable {
            file.problems.append(
                OptionProblem(
                    "conf: \(file.path) line \(line): Calyx reads only assignments of literals, such as port = 5555; "
                        + "it does not run Python. Write this setting literally, or use calyx.yaml"))
        }
    }
}
