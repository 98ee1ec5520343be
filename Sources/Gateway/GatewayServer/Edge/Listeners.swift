import Glibc
import NIOCore
import NIOPosix

/// The bound sockets.
struct Listeners {
    let channels: [any Channel]

    static func bind(
        _ listeners: [GatewayConfiguration.Listener], group: any EventLoopGroup, pipeline: ConnectionPipeline
    ) async throws -> Listeners {
        var channels: [any Channel] = []
        do {
            for listener in listeners { channels.append(try await bind(listener, group: group, pipeline: pipeline)) }
        } catch {
            await Listeners(channels: channels).close()
            throw error
        }
        return Listeners(channels: channels)
    }

    /// Stops accepting.
    func close() async {
        for channel in channels { try? await channel.close() }
    }

    private static func bind(
        _ listener: GatewayConfiguration.Listener, group: any EventLoopGroup, pipeline: ConnectionPipeline
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // With TLS the end of a side is the end of the connection.
            .childChannelOption(.allowRemoteHalfClosure, value: pipeline.tls == nil)
            .childChannelInitializer { channel in pipeline.configure(channel) }
        switch listener {
        case .tcp(let host, let port):
            return try await bindTCP(
                bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1), host: host, port: port)
        case .unix(let path, let mode):
            do {
                let channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                    .get()
                guard chmod(path, mode) == 0 else {
                    throw GatewayStartError("unix_socket: the mode of \(path) cannot be set")
                }
                return channel
            } catch let error as GatewayStartError {
                throw error
            } catch {
                throw GatewayStartError("unix_socket: \(path) cannot be bound (\(reason(error)))")
            }
        }
    }

    private static func bindTCP(_ bootstrap: ServerBootstrap, host: String, port: Int) async throws -> any Channel {
        var name = host
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        do {
            guard name.isEmpty else { return try await bootstrap.bind(host: name, port: port).get() }
            do {
                // One socket for both families; IPv4 peers appear in their v4-mapped form.
                return try await bootstrap.bind(host: "::", port: port).get()
            } catch let error as IOError where error.errnoCode == EAFNOSUPPORT || error.errnoCode == EADDRNOTAVAIL {
                return try await bootstrap.bind(host: "0.0.0.0", port: port).get()
            }
        } catch {
            let shown = name.isEmpty ? "all addresses" : name
            throw GatewayStartError("address and port: \(shown), port \(port), cannot be bound (\(reason(error)))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }
}
