extension Settings {
    /// What is kept beyond memory.
    package struct History: Sendable {
        package var isOn: Bool
        /// Absolute.
        package var file: String
        package var isFullySynchronous: Bool
        package var isIndexed: Bool
        /// Seconds.
        package var retain: Double
        /// Seconds by task name.
        package var retainTasks: [String: Double]
        package var maximumBytes: Int
        /// Parts of keys whose values are not stored; nil: the usual ones.
        package var redact: [String]?
    }
}

extension SettingsReader {
    mutating func readHistory(_ state: StateDirectory) -> Settings.History {
        var times: [String: Double] = [:]
        for item in values.list("retain_tasks") {
            guard let equals = item.lastIndex(of: "="), equals != item.startIndex,
                case .number(let seconds)? = OptionKind.duration(60...1e10).parse(
                    .scalar(String(item[item.index(after: equals)...])))
            else {
                refuse("retain_tasks", allowed: "NAME=TIME, e.g. tasks.report=90d, with commas between them")
                continue
            }
            times[String(item[..<equals])] = seconds
        }
        let words = values.list("redact")
        return Settings.History(
            isOn: values.flag("persistent"),
            file: path("db").map(StateDirectory.absolute) ?? state.core + "/history.sqlite",
            isFullySynchronous: values.text("db_sync") == "full", isIndexed: values.flag("history_search"),
            retain: values.number("retain") ?? 1_209_600, retainTasks: times,
            maximumBytes: values.integer("db_max_size") ?? 2 << 30,
            redact: words.isEmpty ? nil : words.map { $0.lowercased() } == ["none"] ? [] : words)
    }
}
