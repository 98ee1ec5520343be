import NIOCore

/// What is known of the request in progress, and of its answer.
struct Exchange {
    enum Phase {
        /// Between requests.
        case idle
        /// Something that takes time decides: a password is verified, an own page is made.
        case deciding
        /// A form is gathered.
        case collecting
        /// The core answers.
        case forwarding
        /// The answer is written; the request may not be complete.
        case answering
    }

    /// What a gathered form is for.
    enum FormUse {
        case ownPage(OwnRoute)
        /// A page for who is signed in; the CSRF token may still have to be looked at.
        case access(AccessRoute, Caller, isVerified: Bool)
        /// The form goes on to the core when its CSRF token is right.
        case forward(Caller)
    }

    var phase = Phase.idle
    /// When the phase's deadline began to run.
    var since = NIODeadline.uptimeNanoseconds(0)
    var started = NIODeadline.uptimeNanoseconds(0)
    var id = ""
    var request: InspectedRequest?
    var view: BrowserView?
    /// Canonical, without prefix.
    var path = ""
    var isHead = false
    var isHTTP10 = false
    /// The connection may carry another request afterwards.
    var mayContinue = true
    var isRequestComplete = false
    /// `100 Continue` was sent.
    var wasToldToContinue = false
    var hasAnswerBegun = false
    var isAnswerComplete = false
    var bodyReceived = 0
    var log = AccessLog.Entry()

    /// Body parts that came before anybody could take them; bounded, since reading stops meanwhile.
    var held: [ByteBuffer] = []
    var form = ByteBuffer()
    var formUse: FormUse?

    /// An answer that waits for the end of the current read: the request may yet turn out to be no HTTP, or complete.
    var deferred: Answer?

    /// The page that asks is of this origin, which may use the API.
    var foreignOrigin: String?
    /// One of the gateway's own pages for who is signed in.
    var accessRoute: AccessRoute?
    /// It changes something, so the audit trail tells of it.
    var isAction = false
    /// What the core said of the action.
    var auditNote: String?

    // Forwarding.
    var caller: Caller?
    var upstream: UpstreamConnection?
    var waiter: UpstreamPool.Waiter?
    var wasRetried = false
    var isLiveStream = false
    var streamKey: LiveStreams.Key?
    var streamStarted = NIODeadline.uptimeNanoseconds(0)
    var lastRecheck = NIODeadline.uptimeNanoseconds(0)
    /// The last bytes of a live stream ended an event, so something of ours may follow.
    var isAtEventBoundary = true
    /// A stream that shall end has been waiting for the end of an event since then.
    var endsSince: NIODeadline?
    private var lastByte: UInt8 = 0x0a

    /// Follows where events of a live stream end: at an empty line.
    mutating func noteEventBoundary(_ bytes: ByteBuffer) {
        guard let last = bytes.getInteger(at: bytes.writerIndex - 1, as: UInt8.self) else { return }
        let before = bytes.readableBytes > 1 ? bytes.getInteger(at: bytes.writerIndex - 2, as: UInt8.self) : lastByte
        isAtEventBoundary = last == 0x0a && before == 0x0a
        lastByte = last
    }
    /// The client has been taking nothing since then.
    var stalledSince: NIODeadline?
    /// Bytes of a request head have been waiting since then.
    var headSince: NIODeadline?
    /// The last part of the answer, when the connection closes after it.
    var endWritten: EventLoopFuture<Void>?
    /// The answer is out and the connection closes as soon as the client has read it.
    var isLingering = false

    mutating func start(id: String) {
        self.id = id
        started = .now()
        since = started
        phase = .deciding
    }
}
