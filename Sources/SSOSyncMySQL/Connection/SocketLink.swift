// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Lets another thread cut the socket of a connection off, under whatever the C library does with it.
///
/// It has a descriptor of its own for the socket. The library closes its one whenever it finds the connection broken,
/// and the next file that this process opens may get that number: this one stays the socket's until it is closed here.
final class SocketLink: Sendable {
    private let descriptor: Mutex<Int32?>
    /// The address at the other end, in digits; empty if it is not known.
    let address: String

    /// Makes a link to a connected socket.
    /// - Throws: `MySQLError` of code `.connectionFailed` if the process has no file descriptor left.
    init(to socket: Int32) throws {
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else {
            throw MySQLError(.connectionFailed, "The process has no file descriptor left for a connection.")
        }
        Self.watchPeer(copy)
        address = HostAddresses.peer(of: copy) ?? ""
        descriptor = Mutex(copy)
    }

    deinit {
        close()
    }

    /// Ends whatever reads from or writes to the socket, now and later.
    func cut() {
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            _ = shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Lets the socket go.
    func close() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            #if canImport(Darwin)
                _ = Darwin.close(open)
            #elseif canImport(Musl)
                _ = Musl.close(open)
            #else
                _ = Glibc.close(open)
            #endif
            descriptor = nil
        }
    }

    /// A frozen or vanished peer is noticed after 20 seconds: 5 idle and 3 probes, 5 apart.
    private static func watchPeer(_ socket: Int32) {
        var options: [(level: Int32, name: Int32, value: Int32)] = [
            (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5), (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3),
        ]
        #if canImport(Darwin)
            options.append((IPPROTO_TCP, TCP_KEEPALIVE, 5))
        #else
            options.append((Int32(IPPROTO_TCP), TCP_KEEPIDLE, 5))
            options.append((Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 20_000))
        #endif
        for var option in options {
            let size = socklen_t(MemoryLayout<Int32>.size)
            _ = unsafe setsockopt(socket, option.level, option.name, &option.value, size)
        }
    }
}
