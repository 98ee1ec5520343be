internal import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension RedisError {
    /// What NIO, its TLS or the system said, as a sentence about `place`.
    init(_ error: any Error, at place: String) {
        switch error {
        case let error as RedisError:
            self = error
        case let error as RESPError:
            self.init(.protocolViolation, "What Redis at \(place) sent is not its protocol: \(error.description).")
        case let error as IOError:
            self.init(errno: error.errnoCode, at: place)
        case let error as NIOConnectionError:
            self.init(connection: error, at: place)
        case ChannelError.connectTimeout(let time):
            let seconds = Double(time.nanoseconds) / 1e9
            self.init(.noAnswer, "Redis at \(place) did not answer within \(seconds.rounded(toPlaces: 1)) s.")
        case is ChannelError:
            self.init(.closed, "The connection to Redis at \(place) was closed.")
        case let error as NIOSSLError:
            self.init(tls: "\(error)", at: place)
        case let error as BoringSSLError:
            self.init(tls: "\(error)", at: place)
        case is NIOSSLExtraError:
            self.init(tls: "\(error)", at: place)
        default:
            self.init(.closed, "The connection to Redis at \(place) failed: \("\(error)".prefix(200)).")
        }
    }

    init(errno code: CInt, at place: String) {
        switch code {
        case ECONNREFUSED:
            self.init(.refused, "Redis at \(place) refused the connection; is it running there?")
        case ENOENT:
            self.init(.refused, "There is no socket \(place); is Redis running with unixsocket set to it?")
        case EACCES, EPERM:
            self.init(.permission, "This process may not open the socket \(place).")
        case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL:
            self.init(.unreachable, "There is no route to Redis at \(place).")
        case ETIMEDOUT:
            self.init(.noAnswer, "Redis at \(place) did not answer.")
        case ECONNRESET, EPIPE:
            self.init(.closed, "Redis at \(place) closed the connection.")
        default:
            self.init(.closed, "The connection to Redis at \(place) failed: \(String(cString: strerror(code))).")
        }
    }

    private init(connection error: NIOConnectionError, at place: String) {
        if let single = error.connectionErrors.first {
            self.init(single.error, at: place)
        } else {
            self.init(.nameNotFound, "The host name of Redis at \(place) was not found.")
        }
    }

    private init(tls detail: String, at place: String) {
        let reason =
            if detail.contains("CERTIFICATE_VERIFY_FAILED") {
                "its certificate is not trusted (ssl_ca_certs names the file of trusted certificates)"
            } else if detail.contains("failedToValidateHostname") {
                "its certificate is for another name"
            } else if detail.contains("WRONG_VERSION_NUMBER") || detail.contains("uncleanShutdown") {
                "it does not speak TLS there (redis:// is the scheme without TLS)"
            } else {
                String(detail.prefix(200))
            }
        self.init(.tls, "No TLS connection to Redis at \(place): \(reason).")
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        return (self * factor).rounded() / factor
    }
}
