extension OptionTable {
    static let brokerOptions: [OptionDefinition] = [
        OptionDefinition(
            "broker", .url, .broker,
            unsetMeans: "broker_api when it is a redis URL, else redis://$REDIS_HOST:$REDIS_PORT/0, else "
                + BrokerChoice.defaultURL,
            alsoFrom: ["CELERY_BROKER_URL"], secrecy: .urlPassword, half: .core, shortName: "b",
            help:
                "The broker your Celery workers use: redis://, rediss://, redis+socket://, sentinel:// or sentinels://."
        ),
        OptionDefinition(
            "broker_api", .url, .broker, secrecy: .urlPassword, half: .core,
            help:
                "A redis URL here names the broker when --broker is unset; the RabbitMQ management URL is not used yet."
        ),
        OptionDefinition(
            "result_backend", .url, .broker, unsetMeans: "results are known from events only",
            alsoFrom: ["CELERY_RESULT_BACKEND"], secrecy: .urlPassword, half: .core,
            help: "Where Celery keeps results: redis://, rediss://, redis+socket:// or db+postgresql://."),
        OptionDefinition(
            "master_name", .text, .broker, half: .core,
            help:
                "Redis Sentinel's name for the master, for sentinel:// URLs (master_name in broker_transport_options)."),
        OptionDefinition(
            "sentinel_user", .text, .broker, half: .core, help: "ACL user for the Sentinels themselves."),
        OptionDefinition(
            "sentinel_password", .text, .broker, secrecy: .secret, half: .core,
            help: "Password of the Sentinels themselves (sentinel_kwargs); the master's stands in the URL."),
        OptionDefinition(
            "command_rate", .number(1...100_000), .broker, default: "200", half: .core,
            help: "Commands to workers per second, at most."),
        OptionDefinition(
            "cluster", .text, .broker, unsetMeans: "the broker URL without credentials", half: .core,
            help: "Name of this Celery cluster on pages and in records."),
        OptionDefinition(
            "enable_events", .boolean, .broker, default: "true", half: .core,
            help: "Ask workers every few seconds to send events, so that they need no -E."),
        OptionDefinition(
            "passive", .boolean, .broker, default: "false", half: .core,
            help: "Only listen: never send a command to any worker."),
        OptionDefinition(
            "inspect_timeout", .number(1...600_000), .broker, default: "1000", half: .core,
            help: "Milliseconds to wait for workers to answer an inspection."),
    ]
}
