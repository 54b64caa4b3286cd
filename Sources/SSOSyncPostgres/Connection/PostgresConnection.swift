// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
package import SSOSyncCore
package import SSOSyncSQL

/// One connection to a PostgreSQL server, over verified TLS.
///
/// Its blocking work runs on a queue of its own. Every call does its work in one go, without a suspension in the
/// middle, so calls never mix. A call ends early when its deadline passes or its task is cancelled; if something was
/// under way then, the connection is closed, because before libpq 17 a cancel request would travel unencrypted. The
/// server notices within seconds (`client_connection_check_interval`) and rolls back; whether a commit was faster is
/// not known.
package final actor PostgresConnection {
    private nonisolated let executor: QueueExecutor
    private nonisolated let wake: WakePipe

    /// The server's version, such as 150018 for 15.18.
    package nonisolated let serverVersion: Int
    /// The process that serves this connection; 0 if the server did not say.
    package nonisolated let backendPID: Int
    /// Whether TLS is in use; always true for a connection that was opened.
    package nonisolated let isTLS: Bool
    /// When the server's certificate ends; nil if that cannot be told.
    package nonisolated let certificateEnd: Timestamp?
    /// `host:port`.
    package nonisolated let endpoint: String
    /// The address that it goes to, in digits.
    nonisolated let address: String

    /// The C library's side.
    var handle: LibPQHandle

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Takes a connected handle over.
    private init(_ handle: consuming sending LibPQHandle, endpoint: String, executor: QueueExecutor, wake: WakePipe) {
        serverVersion = handle.serverVersion
        backendPID = handle.backendPID
        isTLS = handle.isTLS
        certificateEnd = handle.certificateEnd
        address = handle.address ?? ""
        self.endpoint = endpoint
        self.executor = executor
        self.wake = wake
        self.handle = handle
    }

    // MARK: Opening and closing

    /// Connects and logs in.
    ///
    /// Each address of the host is tried in turn while the server cannot be reached; a server that was reached decides.
    /// - Parameters:
    ///   - options: where and as whom.
    ///   - secret: the password or login token. It is sent over verified TLS or not at all.
    ///   - deadline: when to give up, beside the limit for each address in the options.
    /// - Throws: `PostgresError`.
    package static func open(
        _ options: PostgresConnectionOptions,
        secret: Secret,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> PostgresConnection {
        let executor = QueueExecutor(label: "sso-sync.postgres.\(options.endpoint)")
        let wake = try WakePipe()
        return try await withTaskCancellationHandler {
            try await executor.run {
                let waiter = SocketWaiter(wake: wake, deadline: deadline)
                let handle = try PostgresConnector(options: options, secret: secret, waiter: waiter).connect()
                return PostgresConnection(handle, endpoint: options.endpoint, executor: executor, wake: wake)
            }
        } onCancel: {
            wake.signal()
        }
    }

    /// Ends the connection.
    ///
    /// Later calls throw `.connectionLost`.
    package func close() {
        handle.close()
    }

    /// Whether the connection is closed or broken.
    package var isClosed: Bool { handle.isBroken }

    /// Whether a transaction block is open, failed or not.
    package var isInTransaction: Bool { handle.isInTransaction }

    /// Takes out the notices that came since the last time; at most the first thousand are kept.
    package func drainNotices() -> [PostgresNotice] {
        handle.notices.drain()
    }

    /// The addresses that the host's name leads to by now.
    ///
    /// - Throws: `PostgresError`, also if it leads nowhere.
    func addresses(of options: PostgresConnectionOptions, deadline: ContinuousClock.Instant) async throws -> [String] {
        try await watched(until: deadline) { try HostResolver.addresses(of: options, waiter: $0) }
    }

    // MARK: Statements

    /// Runs a script in one round trip (simple query protocol).
    ///
    /// Its statements are one transaction unless the script itself begins and ends some.
    /// - Parameters:
    ///   - script: any number of statements, with semicolons between them.
    ///   - deadline: when to give up.
    /// - Returns: one result per statement.
    /// - Throws: `PostgresError`: the first statement's that failed, after everything that came was read.
    @discardableResult
    package func execute(
        _ script: SQLText,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [PostgresResult] {
        var renderer = SQLRenderer(.postgres)
        let bytes = try terminated(script, &renderer)
        return try await watched(until: deadline) { waiter in
            guard handle.send(script: bytes) else { throw sendingFailed() }
            return try readResults(waiter)
        }
    }

    /// Runs statements of which the first begins a transaction and one of the others ends it.
    ///
    /// If one of them fails, the transaction is rolled back before the connection takes anybody else's statements, which
    /// would fail with it otherwise.
    ///
    /// - Parameters:
    ///   - script: The statements, from `BEGIN` on.
    ///   - deadline: When to stop waiting.
    /// - Returns: What they came to, in order.
    package func executeTransaction(
        _ script: SQLText,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [PostgresResult] {
        var renderer = SQLRenderer(.postgres)
        let bytes = try terminated(script, &renderer)
        return try await watched(until: deadline) { waiter in
            guard handle.send(script: bytes) else { throw sendingFailed() }
            do {
                return try readResults(waiter)
            } catch {
                try rollBack(waiter)
                throw error
            }
        }
    }

    private func rollBack(_ waiter: SocketWaiter) throws {
        guard handle.isInTransaction else { return }
        guard handle.send(script: Array("ROLLBACK\0".utf8)) else { throw sendingFailed() }
        _ = try readResults(waiter)
    }

    /// Runs one statement with values for `$1`, `$2`… (extended query protocol).
    /// - Parameters:
    ///   - statement: exactly one statement.
    ///   - binds: the values as text, nil for NULL; the server infers their types.
    ///   - deadline: when to give up.
    /// - Throws: `PostgresError`.
    @discardableResult
    package func query(
        _ statement: SQLText,
        _ binds: [String?] = [],
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> PostgresResult {
        var renderer = SQLRenderer(.postgres)
        let bytes = try terminated(statement, &renderer)
        guard !binds.contains(where: { $0?.utf8.contains(0) ?? false }) else {
            throw PostgresError(.invalidText, "A value with a NUL byte cannot be sent to PostgreSQL. Nothing was sent.")
        }
        return try await watched(until: deadline) { waiter in
            guard handle.send(statement: bytes, binds: binds) else { throw sendingFailed() }
            guard let result = try readResults(waiter).first else {
                throw PostgresError(.misuse, "The statement had no result.")
            }
            return result
        }
    }

    /// The text as it would be sent, for people to read.
    /// - Throws: `PostgresError` if it has a value that cannot be said in SQL.
    package func render(_ text: SQLText) throws -> String {
        var renderer = SQLRenderer(.postgres)
        return String(decoding: try terminated(text, &renderer).dropLast(), as: UTF8.self)
    }
}

// MARK: Under the calls

extension PostgresConnection {
    /// Runs one call's work while the task's cancellation and a deadline are watched.
    ///
    /// The work is synchronous, so the actor does nothing else meanwhile.
    /// - Throws: `.timeout` or `.cancelled` before anything is sent, if it is too late already.
    func watched<Value: Sendable>(
        until deadline: ContinuousClock.Instant?,
        _ work: (SocketWaiter) throws -> Value
    ) async throws -> Value {
        let waiter = SocketWaiter(wake: wake, deadline: deadline)
        wake.drain()
        return try await withTaskCancellationHandler {
            guard !handle.isBroken else { throw closedError }
            if let interruption = waiter.interruption {
                throw error(for: interruption, "Nothing was sent.", isConnectionLost: false)
            }
            return try work(waiter)
        } onCancel: { [wake] in
            wake.signal()
        }
    }

    /// The bytes of a text, with the NUL that ends a C string.
    func terminated(_ text: SQLText, _ renderer: inout SQLRenderer) throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            try renderer.append(text, to: &bytes) { value, quotes, buffer in
                // Spelled out: a reference to a method of a noncopyable value crashes the compiler (Swift 6.3.1).
                try handle.quote(value, quotes, &buffer)
            }
        } catch let error as UnsayableText {
            throw PostgresError(.invalidText, error.message)
        }
        bytes.append(0)
        return bytes
    }

    /// Waits until the next result can be read, sending what is left to send meanwhile.
    /// - Throws: `PostgresError` if the deadline or a cancellation came first; the connection is closed then.
    func awaitResult(_ waiter: SocketWaiter) throws {
        var isUnsent = handle.flush()
        while handle.isBusy() {
            let interruption = waiter.wait(for: handle.socket, reading: true, writing: isUnsent)
            // A broken connection has a result too: the error.
            guard handle.consumeInput() else { return }
            if isUnsent { isUnsent = handle.flush() }
            // An answer that is there already counts.
            guard let interruption, handle.isBusy() else { continue }
            handle.abort()
            throw error(for: interruption, "Whether it was done is not known.", isConnectionLost: true)
        }
    }

    /// Reads the results of one command to the end.
    /// - Throws: the first error.
    private func readResults(_ waiter: SocketWaiter) throws -> [PostgresResult] {
        var results: [PostgresResult] = []
        var firstError: PostgresError?
        while true {
            try awaitResult(waiter)
            guard let result = handle.nextResult() else { break }
            switch result.kind {
            case .success: results.append(result.copy())
            case .failure: firstError = try firstError ?? failure(result.report)
            case .copy: throw copyRefused()
            case .sync, .skipped: break
            }
        }
        if let error = firstError ?? truncationError() { throw error }
        return results
    }

    /// The error of a result.
    /// - Throws: the error, if the connection is gone with it.
    func failure(_ report: ServerReport?) throws -> PostgresError {
        let isLost = handle.isBroken || report?.endsSession ?? true
        guard isLost else { return PostgresError(report, or: "The server refused the statement.") }
        let reason = report?.message ?? handle.errorMessage
        handle.abort()
        throw PostgresError(
            .connectionLost,
            "The connection to \(endpoint) was lost: \(reason). Whether what was under way was done is not known.",
            server: report,
            isConnectionLost: true
        )
    }

    /// An error if the server cut off a name since the last time.
    func truncationError() -> PostgresError? {
        guard let message = handle.notices.takeTruncation() else { return nil }
        return PostgresError(
            .identifierTruncated,
            "The server cut a name off and ran the statement with what was left: \(message). Undo it by hand."
        )
    }

    /// COPY would wait for data that nobody sends.
    func copyRefused() -> PostgresError {
        handle.abort()
        return PostgresError(.misuse, "COPY is not supported on this connection.", isConnectionLost: true)
    }

    /// libpq took no command.
    func sendingFailed() -> PostgresError {
        guard handle.isBroken else { return PostgresError(.misuse, "libpq sent nothing: \(handle.errorMessage)") }
        let reason = handle.errorMessage
        handle.abort()
        return PostgresError(
            .connectionLost,
            "The connection to \(endpoint) was lost: \(reason)",
            isConnectionLost: true
        )
    }

    private var closedError: PostgresError {
        PostgresError(.connectionLost, "The connection to \(endpoint) is closed.", isConnectionLost: true)
    }

    private func error(
        for interruption: SocketWaiter.Interruption,
        _ outcome: String,
        isConnectionLost: Bool
    ) -> PostgresError {
        switch interruption {
        case .timeout:
            PostgresError(
                .timeout,
                "\(endpoint) did not answer before the deadline. \(outcome)",
                isConnectionLost: isConnectionLost
            )
        case .cancelled:
            PostgresError(
                .cancelled,
                "The work at \(endpoint) was cancelled. \(outcome)",
                isConnectionLost: isConnectionLost
            )
        }
    }
}
