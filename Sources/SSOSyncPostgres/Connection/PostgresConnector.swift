// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL

/// Opens connections.
///
/// Blocks the thread that it is called on, within its waiter's limits.
struct PostgresConnector {
    let options: PostgresConnectionOptions
    let secret: Secret
    let waiter: SocketWaiter

    /// Tries the host's addresses in turn.
    /// - Throws: `PostgresError`, the last address's if none could be reached.
    func connect() throws -> sending LibPQHandle {
        try options.validate()
        let addresses = try HostResolver.addresses(of: options, waiter: waiter)
        let (last, others) = (addresses[addresses.count - 1], addresses.dropLast())
        for address in others {
            do {
                return try connect(to: address)
            } catch let error as PostgresError where error.sqlState == nil && Self.tryNext.contains(error.code) {
                // An outer end ends all attempts, an address that does not answer only its own.
                if waiter.interruption != nil { throw error }
            }
        }
        return try connect(to: last)
    }

    private static let tryNext: Set<PostgresError.Code> = [.connectionFailed, .timeout]

    private func connect(to address: String) throws -> sending LibPQHandle {
        let scrubber = SecretScrubber(secret)
        let parameters = try ConnectionParameters(options, address: address, secret: secret)
        var handle = LibPQHandle(starting: parameters, scrubber: scrubber)
        try finish(&handle, scrubber)
        guard handle.prepare() else {
            throw PostgresError(.connectionFailed, "libpq could not set the connection up.", isConnectionLost: true)
        }
        guard handle.isTLS else {
            throw PostgresError(.tlsFailed, "\(options.endpoint) came up without TLS.", isConnectionLost: true)
        }
        return handle
    }

    private func finish(_ handle: inout LibPQHandle, _ scrubber: SecretScrubber) throws {
        let limit = ContinuousClock.now.advanced(by: .seconds(options.connectTimeout))
        let waiter = SocketWaiter(wake: waiter.wake, deadline: min(limit, waiter.deadline ?? limit))
        guard handle.socket >= 0 else { throw failure(handle, .reaching, scrubber) }
        // libpq wants to be polled for the first time when the socket is writable.
        var progress = LibPQHandle.Progress.needsWrite
        while progress != .connected {
            let interruption = waiter.wait(
                for: handle.socket,
                reading: progress == .needsRead,
                writing: progress == .needsWrite
            )
            if let interruption {
                throw PostgresError(interruption, connectingTo: options, doing: "connecting")
            }
            guard waiter.isReady(handle.socket, toRead: progress == .needsRead) else { continue }
            let stage = handle.stage
            progress = handle.poll()
            if progress == .failed { throw failure(handle, stage, scrubber) }
        }
    }

    private func failure(
        _ handle: borrowing LibPQHandle,
        _ stage: PostgresError.Stage,
        _ scrubber: SecretScrubber
    ) -> PostgresError {
        PostgresError(libpq: handle.rawErrorMessage, at: stage, options: options, scrubber: scrubber)
    }
}
