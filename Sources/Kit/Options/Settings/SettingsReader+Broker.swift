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
            resultKeyPrefix: values.text("result_keyprefix") ?? "")
    }
}
