import NIOCore

/// What the connections of one event loop share. Confined to that loop.
final class EdgeLoop {
    let eventLoop: any EventLoop
    let gateway: Gateway
    let pool: UpstreamPool
    let counts = RequestCounts()
    let accessLog: AccessLog
    /// The server is stopping.
    private(set) var isDraining = false
    /// Everything is over: nothing may begin any more.
    private(set) var isFinished = false
    /// For the gateway's own answers; made anew with every tick.
    private(set) var date = HTTPDate.text(WallClock.seconds())
    /// The protective fields as bytes, by what they depend on.
    private var securityFields: [[ByteBuffer]] = []
    private var connections: [ObjectIdentifier: EdgeConnection] = [:]
    private var handlers: [ObjectIdentifier: RequestHandler] = [:]
    private var ticker: RepeatedTask?
    private var drained: EventLoopPromise<Void>?
    private var idState: UInt64

    /// Deadlines are looked at this often, for all connections at once: no timer is set per request.
    private static let tickTime = TimeAmount.milliseconds(500)

    init(eventLoop: any EventLoop, gateway: Gateway) {
        self.eventLoop = eventLoop
        self.gateway = gateway
        pool = UpstreamPool(
            eventLoop: eventLoop, core: gateway.core, limits: gateway.limits,
            counters: gateway.counters)
        accessLog = AccessLog(gateway.accessLog, eventLoop: eventLoop)
        gateway.counters.add(counts)
        var generator = SystemRandomNumberGenerator()
        idState = generator.next()
        securityFields = [false, true].map { hasPolicy in
            [false, true].map { Self.securityFields(hasPolicy: hasPolicy, isSecure: $0) }
        }
    }

    func start() {
        let loop = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: Self.tickTime, delay: Self.tickTime) { _ in
            loop.value.tick()
        }
    }

    /// 15 hexadecimal digits: they fit a Swift string without an allocation.
    func nextRequestID() -> String {
        // SplitMix64: ids are for finding log lines, not secrets.
        idState &+= 0x9e37_79b9_7f4a_7c15
        var mixed = idState
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return String(unsafeUninitializedCapacity: 15) { buffer in
            for index in 0..<15 {
                let digit = UInt8(truncatingIfNeeded: mixed >> UInt64(index * 4)) & 15
                buffer[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 15
        }
    }

    /// `SecurityFields` as bytes of HTTP/1.1.
    func securityFields(hasPolicy: Bool, isSecure: Bool) -> ByteBuffer {
        securityFields[hasPolicy ? 1 : 0][isSecure ? 1 : 0]
    }

    private static func securityFields(hasPolicy: Bool, isSecure: Bool) -> ByteBuffer {
        var fields: [(String, String)] = []
        SecurityFields.append(to: &fields, hasPolicy: hasPolicy, isSecure: isSecure)
        var bytes = ByteBuffer()
        for (name, value) in fields { AnswerEncoder.field(name, value, to: &bytes) }
        return bytes
    }

    func add(_ connection: EdgeConnection) { connections[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: EdgeConnection) {
        connections[ObjectIdentifier(connection)] = nil
        if isDraining, connections.isEmpty { finishDrain() }
    }

    func add(_ handler: RequestHandler) { handlers[ObjectIdentifier(handler)] = handler }

    func remove(_ handler: RequestHandler) { handlers[ObjectIdentifier(handler)] = nil }

    private func tick() {
        date = HTTPDate.text(WallClock.seconds())
        let now = NIODeadline.now()
        for connection in Array(connections.values) { connection.tick(now: now) }
        for handler in Array(handlers.values) { handler.tick(now: now) }
        pool.tick(now: now)
    }

    func stop() { isDraining = true }

    /// Closes what is idle and lets the rest finish; succeeds when the last connection is gone.
    func drain() -> EventLoopFuture<Void> {
        isDraining = true
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        for handler in Array(handlers.values) { handler.drain() }
        for connection in Array(connections.values) { connection.drain() }
        if connections.isEmpty { finishDrain() }
        return promise.futureResult
    }

    /// Ends every connection now.
    func closeAll() {
        isDraining = true
        for connection in Array(connections.values) { connection.close() }
    }

    private func finishDrain() {
        isFinished = true
        accessLog.flush()
        pool.close()
        ticker?.cancel()
        ticker = nil
        drained?.succeed()
        drained = nil
    }
}
