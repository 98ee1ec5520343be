import CeleryBroker
import Logging
import Options
import RedisClient

/// The settings of broker and result backend brought to their configurations.
enum BrokerAssembly {
    static func configuration(_ settings: Settings) throws(StartupError) -> RedisBrokerConfiguration {
        let url = try redisURL(settings.broker.choice.url, of: "broker", settings)
        return RedisBrokerConfiguration(
            endpoint: url.endpoint, naming: naming(settings.broker.celery),
            inspectTimeout: settings.broker.inspectTimeout, enablesEvents: settings.broker.enableEvents,
            isPassive: settings.broker.passive, commandRate: settings.broker.commandRate,
            replyQueueFile: settings.state.core + "/reply-queue",
            defaultQueue: settings.broker.celery.defaultQueue, queues: settings.broker.celery.queues,
            maximumWorkers: settings.limits.workers)
    }

    /// Where results are read; a backend that cannot be read says so in every answer.
    static func results(_ settings: Settings) throws(StartupError) -> any ResultBackend {
        guard let text = settings.broker.resultBackend else {
            return UnsupportedResults(
                kind: .none, url: nil,
                problem: "No result backend is configured; --result_backend names the one that your workers use.")
        }
        let scheme = text.firstRange(of: "://").map { text[..<$0.lowerBound].lowercased() } ?? text.lowercased()
        switch scheme {
        case "redis", "rediss", "redis+socket", "unix", "socket", "sentinel", "sentinels":
            let url = try redisURL(scheme == "socket" ? "redis+" + text : text, of: "result_backend", settings)
            return RedisResults(
                configuration: RedisResultsConfiguration(
                    endpoint: url.endpoint, keyPrefix: settings.broker.celery.resultKeyPrefix,
                    isPassive: settings.broker.passive),
                logger: Logger(label: "results"))
        case _ where isPostgres(scheme):
            // What stands between the database's kind and the rest is SQLAlchemy's name of a Python driver.
            let rest = text.firstRange(of: "://").map { text[$0.lowerBound...] } ?? ""
            return PostgresResults(
                url: "postgresql" + rest, shownURL: URLMask.mask("postgresql" + rest),
                tables: ResultTables(
                    names: settings.broker.celery.resultTables, schemas: settings.broker.celery.resultSchemas),
                isPassive: settings.broker.passive, logger: Logger(label: "results"))
        default:
            let problem = refusal(of: scheme)
            Logger(label: "results").warning("result_backend: \(problem)")
            return UnsupportedResults(kind: .unsupported, url: URLMask.mask(text), problem: problem)
        }
    }

    private static func isPostgres(_ scheme: String) -> Bool {
        ["postgresql", "postgres"].contains { scheme == "db+" + $0 || scheme.hasPrefix("db+\($0)+") }
    }

    private static func refusal(of scheme: String) -> String {
        switch scheme {
        case "rpc", "amqp":
            "Results of \(scheme):// go to the sender of a task alone and cannot be read by a monitor; "
                + "a Redis or PostgreSQL result backend can."
        case "disabled": "The result backend is disabled; a Redis or PostgreSQL one can be read."
        case _ where scheme.hasPrefix("db+"):
            "The result backend \(scheme):// cannot be read; of databases only PostgreSQL (db+postgresql://) can."
        default:
            "The result backend \(scheme.prefix(32)):// cannot be read; Redis (redis://, rediss://, redis+socket://) and "
                + "PostgreSQL (db+postgresql://) can."
        }
    }

    static func sentinel(_ settings: Settings) -> SentinelOptions {
        SentinelOptions(
            master: settings.broker.sentinelMaster, user: settings.broker.sentinelUser,
            password: settings.broker.sentinelPassword)
    }

    private static func redisURL(
        _ text: String, of option: String, _ settings: Settings
    ) throws(StartupError) -> RedisURL {
        let url: RedisURL
        do throws(RedisURLError) {
            url = try RedisURL(text, sentinel: sentinel(settings))
        } catch {
            throw StartupError("\(option): \(error.message)")
        }
        if !url.ignoredArguments.isEmpty {
            let names = url.ignoredArguments.joined(separator: ", ")
            Logger(label: "broker").warning("\(option): these arguments of the URL have no effect: \(names)")
        }
        return url
    }

    private static func naming(_ celery: Settings.Celery) -> CeleryNaming {
        var naming = CeleryNaming(
            globalKeyPrefix: celery.keyPrefix, fanoutPatterns: celery.fanoutPatterns,
            prioritySteps: celery.prioritySteps, eventExchange: celery.eventExchange,
            eventQueuePrefix: celery.eventQueuePrefix, controlExchange: celery.controlExchange,
            unackedKey: celery.unackedKey)
        naming.fanoutPrefix =
            switch celery.fanoutPrefix {
            case .database: .database
            case .none: .none
            case .text(let text): .custom(text)
            }
        if let separator = celery.separator { naming.separator = separator }
        return naming
    }
}
