/// How the Celery application names things on its broker and in its result backend, for applications that changed
/// Celery's defaults (`broker_transport_options` and others).
extension OptionTable {
    static let celeryOptions: [OptionDefinition] = [
        OptionDefinition(
            "global_keyprefix", .text, .broker, default: "", half: .core,
            help: "What stands before every key and channel, as in Celery's broker_transport_options."),
        OptionDefinition(
            "fanout_prefix", .text, .broker, default: "true", half: .core,
            help: "What stands before event and control channels: true is /DB., false nothing, else this text."),
        OptionDefinition(
            "fanout_patterns", .boolean, .broker, default: "true", half: .core,
            help: "Whether broadcast channels have the routing key in their names, as in broker_transport_options."),
        OptionDefinition(
            "priority_steps", .numbers, .broker, default: "0,3,6,9", half: .core,
            help: "The priorities that have a list of their own, as in broker_transport_options."),
        OptionDefinition(
            "queue_separator", .text, .broker, unsetMeans: "the bytes 06 16", half: .core,
            help: "What stands between a queue's name and a priority: sep in broker_transport_options."),
        OptionDefinition(
            "unacked_key", .text, .broker, default: "unacked", half: .core,
            help: "Where fetched messages wait for their end, as in broker_transport_options."),
        OptionDefinition(
            "event_exchange", .text, .broker, default: "celeryev", half: .core, help: "As in Celery's configuration."),
        OptionDefinition(
            "event_queue_prefix", .text, .broker, default: "celeryev", half: .core,
            help: "As in Celery's configuration."),
        OptionDefinition(
            "control_exchange", .text, .broker, default: "celery", half: .core, help: "As in Celery's configuration."),
        OptionDefinition(
            "task_default_queue", .text, .broker, default: "celery", half: .core,
            help: "The queue of tasks that are sent without one, as in Celery's configuration."),
        OptionDefinition(
            "task_queues", .list, .broker, default: "", half: .core,
            help: "Queues to show besides those that workers and the broker tell of."),
        OptionDefinition(
            "result_keyprefix", .text, .broker, default: "", half: .core,
            help: "global_keyprefix of Celery's result_backend_transport_options."),
        OptionDefinition(
            "database_table_names", .list, .broker, default: "", half: .core,
            help: "Tables of a PostgreSQL result backend, as in Celery's configuration: task=NAME,group=NAME."),
        OptionDefinition(
            "database_table_schemas", .list, .broker, default: "", half: .core,
            help: "Schemas of these tables, as in Celery's configuration: task=NAME,group=NAME."),
    ]
}
