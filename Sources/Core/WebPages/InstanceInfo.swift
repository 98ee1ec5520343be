/// What pages say about this instance, and the options that shape them.
package struct InstanceInfo: Sendable {
    package var version: String
    /// Which cluster is watched, without credentials.
    package var clusterName: String
    /// Task lists show ages ("12 s ago") instead of clock times.
    package var naturalTime: Bool
    /// Pages follow changes; without it they change only on reload.
    package var autoRefresh: Bool
    /// Columns of the task list by Flower's names; nil is our own choice.
    package var tasksColumns: [String]?
    package var isReadOnly: Bool
    /// Nothing is ever sent to workers.
    package var isPassive: Bool

    package init(
        version: String, clusterName: String, naturalTime: Bool = false,
        autoRefresh: Bool = true, tasksColumns: [String]? = nil, isReadOnly: Bool = false,
        isPassive: Bool = false
    ) {
        self.version = version
        self.clusterName = clusterName
        self.naturalTime = naturalTime
        self.autoRefresh = autoRefresh
        self.tasksColumns = tasksColumns
        self.isReadOnly = isReadOnly
        self.isPassive = isPassive
    }
}
