/// How long sessions last and how many there may be.
package struct SessionLimits: Sendable, Equatable {
    /// Seconds without a request after which a session ends.
    package var idle = 12 * 3600.0
    /// Seconds after sign-in when a session ends in any case.
    package var absolute = 7 * 86400.0
    package var sessions = 10_000
    package var sessionsPerPrincipal = 100
    package var flows = 10_000
    package var flowsPerBrowser = 8

    package init() {}
}
