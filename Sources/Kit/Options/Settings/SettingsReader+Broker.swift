extension SettingsReader {
    mutating func readBroker() -> Settings.Broker {
        let (choice, told) = BrokerChoice.choose(values, environment: environment)
        notices += told
        return Settings.Broker(
            choice: choice, shownURL: URLMask.mask(choice.url),
            cluster: values.text("cluster") ?? URLMask.withoutCredentials(choice.url),
            enableEvents: values.flag("enable_events"), passive: values.flag("passive"),
            inspectTimeout: (values.number("inspect_timeout") ?? 1000) / 1000,
            commandRate: values.number("command_rate") ?? 200, resultBackend: values.text("result_backend"),
            sentinelMaster: values.text("master_name"), sentinelUser: values.text("sentinel_user"),
            sentinelPassword: values.text("sentinel_password"),
            celery: readCelery())
    }

    private mutating func readCelery() -> Settings.Celery {
        let steps = values.numbers("priority_steps")
        if steps.isEmpty || steps.contains(where: { !(0...255).contains($0) || $0 != $0.rounded() })
            || zip(steps, steps.dropFirst()).contains(where: { $0 >= $1 })
        {
            refuse("priority_steps", allowed: "whole numbers from 0 to 255 in ascending order")
        }
        let prefix = values.text("fanout_prefix") ?? "true"
        return Settings.Celery(
            keyPrefix: values.text("global_keyprefix") ?? "",
            fanoutPrefix: OptionKind.boolean(prefix).map { $0 ? .database : .none } ?? .text(prefix),
            fanoutPatterns: values.flag("fanout_patterns"), prioritySteps: steps.compactMap { Int(exactly: $0) },
            separator: values.text("queue_separator"), unackedKey: values.text("unacked_key") ?? "unacked",
            eventExchange: values.text("event_exchange") ?? "celeryev",
            eventQueuePrefix: values.text("event_queue_prefix") ?? "celeryev",
            controlExchange: values.text("control_exchange") ?? "celery",
            defaultQueue: values.text("task_default_queue") ?? "celery", queues: values.list("task_queues"),
            resultKeyPrefix: values.text("result_keyprefix") ?? "",
            resultTables: readTables("database_table_names"), resultSchemas: readTables("database_table_schemas"))
    }

    /// `task=NAME,group=NAME`, each at most once.
    private mutating func readTables(_ option: String) -> [String: String] {
        var tables: [String: String] = [:]
        for entry in values.list(option) {
            let parts = entry.split(separator: "=", maxSplits: 1).map { OptionKind.trim(String($0)) }
            guard parts.count == 2, ["task", "group"].contains(parts[0]), !parts[1].isEmpty,
                tables.updateValue(parts[1], forKey: parts[0]) == nil
            else {
                refuse(option, allowed: "task=NAME, group=NAME or both")
                return [:]
            }
        }
        return tables
    }
}
