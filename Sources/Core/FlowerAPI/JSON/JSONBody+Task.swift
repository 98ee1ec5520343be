package import ClusterState

/// Where a task's object stands: Flower leaves `worker` out of the list when there is none, and puts it last there.
package enum TaskObjectForm: Sendable {
    /// `/api/tasks`
    case listed
    /// `/api/task/info` and the table: always 31 keys
    case complete
    /// `complete`, and what only Calyx knows
    case extended
}

extension JSONBody {
    package mutating func task(_ task: TaskSnapshot, _ form: TaskObjectForm) {
        raw("{\"uuid\": ")
        string(task.uuid)
        raw(", \"name\": ")
        string(task.name)
        raw(", \"state\": ")
        string(task.state.name)
        times(of: task)
        texts(of: task)
        if form != .listed {
            raw(", \"worker\": ")
            string(task.worker)
        }
        outcome(of: task)
        message(of: task)
        raw(", \"children\": ")
        strings(task.children)
        if form == .listed, let worker = task.worker {
            raw(", \"worker\": ")
            string(worker)
        }
        if form == .extended { extras(of: task) }
        raw("}")
    }

    private mutating func times(of task: TaskSnapshot) {
        raw(", \"received\": ")
        number(task.received)
        raw(", \"sent\": ")
        number(task.sent)
        raw(", \"started\": ")
        number(task.started)
        raw(", \"rejected\": ")
        number(task.rejected)
        raw(", \"succeeded\": ")
        number(task.succeeded)
        raw(", \"failed\": ")
        number(task.failed)
        raw(", \"retried\": ")
        number(task.retried)
        raw(", \"revoked\": ")
        number(task.revoked)
    }

    private mutating func texts(of task: TaskSnapshot) {
        raw(", \"args\": ")
        string(task.args)
        raw(", \"kwargs\": ")
        string(task.kwargs)
        raw(", \"eta\": ")
        string(task.eta)
        raw(", \"expires\": ")
        string(task.expires)
        raw(", \"retries\": ")
        if let retries = task.retries { integer(retries) } else { null() }
    }

    private mutating func outcome(of task: TaskSnapshot) {
        raw(", \"result\": ")
        string(task.result)
        raw(", \"exception\": ")
        string(task.exception)
        raw(", \"timestamp\": ")
        number(task.timestamp)
        raw(", \"runtime\": ")
        number(task.runtime)
        raw(", \"traceback\": ")
        string(task.traceback)
    }

    private mutating func message(of task: TaskSnapshot) {
        raw(", \"exchange\": ")
        string(task.exchange)
        raw(", \"routing_key\": ")
        string(task.routingKey)
        raw(", \"clock\": ")
        if let clock = task.clock { integer(clock) } else { null() }
        raw(", \"client\": ")
        string(task.client)
        raw(", \"root\": ")
        string(task.rootID)
        raw(", \"root_id\": ")
        string(task.rootID)
        raw(", \"parent\": ")
        string(task.parentID)
        raw(", \"parent_id\": ")
        string(task.parentID)
    }

    private mutating func extras(of task: TaskSnapshot) {
        raw(", \"queue\": ")
        string(task.queue)
        raw(", \"text_is_cut\": ")
        bool(task.textIsCut)
        raw(", \"attempts\": [")
        for (index, attempt) in task.attempts.enumerated() {
            raw(index > 0 ? ", {\"time\": " : "{\"time\": ")
            number(attempt.time)
            raw(", \"exception\": ")
            string(attempt.exception)
            raw(", \"traceback\": ")
            string(attempt.traceback)
            raw(", \"worker\": ")
            string(attempt.worker)
            raw("}")
        }
        raw("]")
    }
}
