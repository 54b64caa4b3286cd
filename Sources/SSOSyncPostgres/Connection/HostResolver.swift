// SPDX-License-Identifier: Apache-2.0

import Dispatch
import SSOSyncSQL
import Synchronization

/// Finds the addresses of a host, within a deadline.
///
/// libpq would do it inside a call that cannot be interrupted, and would prefer PGHOSTADDR from the environment.
enum HostResolver {
    /// Where the thread that asks leaves its answer; it may come when nobody waits any more.
    private final class Mailbox: Sendable {
        let answer = Mutex<HostAddresses?>(nil)
        let arrived: WakePipe

        init() throws {
            arrived = try WakePipe()
        }
    }

    /// The numeric addresses of a host, in the order in which the system wants them tried.
    /// - Throws: `PostgresError` of code `.connectionFailed` if there are none, `.timeout` or `.cancelled`.
    static func addresses(of options: PostgresConnectionOptions, waiter: SocketWaiter) throws -> [String] {
        let host = options.host
        if case .found(let numeric) = HostAddresses(of: host, isNumeric: true) { return numeric }
        let mailbox = try Mailbox()
        DispatchQueue.global().async {
            let answer = HostAddresses(of: host)
            mailbox.answer.withLock { $0 = answer }
            mailbox.arrived.signal()
        }
        while true {
            let interruption = waiter.wait(for: mailbox.arrived.readEnd, reading: true, writing: false)
            switch mailbox.answer.withLock({ $0 }) {
            case .found(let addresses): return addresses
            case .missing(let reason):
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
}
