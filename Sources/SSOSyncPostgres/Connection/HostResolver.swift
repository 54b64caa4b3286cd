// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Finds the addresses of a host, within a deadline.
///
/// libpq would do it inside a call that cannot be interrupted, and would prefer PGHOSTADDR from the environment.
enum HostResolver {
    /// What `getaddrinfo` said.
    private enum Answer: Sendable {
        case addresses([String])
        case failure(String)
    }

    /// Where the thread that asks leaves its answer; it may come when nobody waits any more.
    private final class Mailbox: Sendable {
        let answer = Mutex<Answer?>(nil)
        let arrived: WakePipe

        init() throws {
            arrived = try WakePipe()
        }
    }

    /// The numeric addresses of a host, in the order in which the system wants them tried.
    /// - Throws: `PostgresError` of code `.connectionFailed` if there are none, `.timeout` or `.cancelled`.
    static func addresses(of options: PostgresConnectionOptions, waiter: SocketWaiter) throws -> [String] {
        let host = options.host
        if case .addresses(let numeric) = ask(host, flags: AI_NUMERICHOST) { return numeric }
        let mailbox = try Mailbox()
        DispatchQueue.global().async {
            let answer = ask(host, flags: AI_ADDRCONFIG)
            mailbox.answer.withLock { $0 = answer }
            mailbox.arrived.signal()
        }
        while true {
            let interruption = waiter.wait(for: mailbox.arrived.readEnd, reading: true, writing: false)
            switch mailbox.answer.withLock({ $0 }) {
            case .addresses(let addresses): return addresses
            case .failure(let reason):
                throw PostgresError(
                    .connectionFailed,
                    "The host \(host) is not known here: \(reason). Check the endpoint's name and the resolver of this "
                        + "network."
                )
            case nil: break
            }
            if let interruption { throw PostgresError(interruption, connectingTo: options, doing: "looking it up") }
        }
    }

    private static func ask(_ host: String, flags: Int32) -> Answer {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        unsafe hints.ai_flags = flags
        var first: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, nil, &hints, &first)
        guard status == 0 else { return unsafe .failure(String(cString: gai_strerror(status))) }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [String] = []
        var entry = unsafe first
        while let current = unsafe entry {
            let address = unsafe numericName(current.pointee)
            if let address, !addresses.contains(address) { addresses.append(address) }
            unsafe entry = current.pointee.ai_next
        }
        return addresses.isEmpty ? .failure("it has no address") : .addresses(addresses)
    }

    private static func numericName(_ entry: addrinfo) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let capacity = socklen_t(buffer.count)
        let status = unsafe getnameinfo(entry.ai_addr, entry.ai_addrlen, &buffer, capacity, nil, 0, NI_NUMERICHOST)
        guard status == 0 else { return nil }
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }
}
