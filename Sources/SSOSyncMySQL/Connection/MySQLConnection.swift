// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
package import SSOSyncCore
package import SSOSyncSQL

/// One connection to a MySQL server, over verified TLS.
///
/// Its blocking work runs on a queue of its own. Every call does its work in one go, without a suspension in the
/// middle, so calls never mix. A call ends early when its deadline passes or its task is cancelled; the connection is
/// cut then. MySQL does not notice that while it runs a statement: whether it was done is not known, and it may still
/// be under way.
package final actor MySQLConnection {
    private nonisolated let executor: QueueExecutor
    private nonisolated let link: SocketLink

    /// The server's version as it says it, such as `8.0.39` or `9.7.4-2`.
    package nonisolated let serverVersion: String
    /// The connection's number at the server, as `KILL` and the list of processes have it.
    package nonisolated let connectionId: UInt64
    /// Whether whoever answers now is who greeted: a proxy or pool numbers its connections itself.
    package nonisolated let isDirect: Bool
    /// Whether TLS is in use; always true for a connection that was opened.
    package nonisolated let isTLS: Bool
    /// `host:port`.
    package nonisolated let endpoint: String

    /// The address that it goes to, in digits.
    nonisolated var address: String { link.address }

    /// The longest text that is sent at once, in bytes.
    nonisolated let packetLimit: Int

    /// The C library's side.
    var handle: MySQLHandle

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Takes a connected handle over.
    private init(
        _ handle: consuming sending MySQLHandle,
        _ facts: MySQLConnector.Facts,
        endpoint: String,
        executor: QueueExecutor,
        link: SocketLink
    ) {
        serverVersion = facts.serverVersion
        connectionId = facts.connectionId
        packetLimit = min(facts.maxAllowedPacket, Self.largestPacket) - Self.packetReserve
        isDirect = handle.greetedId == UInt32(truncatingIfNeeded: facts.connectionId)
        isTLS = handle.isTLS
        self.endpoint = endpoint
        self.executor = executor
        self.link = link
        self.handle = handle
    }

    /// Enough for thousands of statements, while their answers are soon there.
    private static let largestPacket = 1 << 20

    /// What a packet has beside the text, with room to spare.
    private static let packetReserve = 64

    // MARK: Opening and closing

    /// Connects and logs in.
    /// - Parameters:
    ///   - options: where and as whom.
    ///   - secret: the password or login token. It is sent over verified TLS or not at all.
    ///   - deadline: when to give up, beside the limit in the options.
    /// - Throws: `MySQLError`.
    package static func open(
        _ options: MySQLConnectionOptions,
        secret: Secret,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> MySQLConnection {
        try options.validate()
        let limit = ContinuousClock.now.advanced(by: .seconds(options.connectTimeout))
        let deadline = min(limit, deadline ?? limit)
        let executor = QueueExecutor(label: "sso-sync.mysql.\(options.endpoint)")
        let attempt = ConnectingAttempt(options)
        return try await withTaskCancellationHandler {
            try await attempt.outcome(until: deadline) {
                executor.start {
                    attempt.finish(
                        Result { try connect(options, secret, executor, deadline) }.mapError { error in
                            error as? MySQLError ?? MySQLError(.timeout, connectingTo: options)
                        }
                    )
                }
            }
        } onCancel: {
            attempt.interrupt(.cancelled)
        }
    }

    private static func connect(
        _ options: MySQLConnectionOptions,
        _ secret: Secret,
        _ executor: QueueExecutor,
        _ deadline: ContinuousClock.Instant
    ) throws -> MySQLConnection {
        try MySQLThread.with {
            let connector = MySQLConnector(options: options, secret: secret)
            var handle = try connector.connect()
            let link = try SocketLink(to: handle.socket)
            let facts = try CallWatch(link, until: deadline).run { try connector.prepare(&handle) }
            return MySQLConnection(handle, facts, endpoint: options.endpoint, executor: executor, link: link)
        }
    }

    /// Logs in anew, and gives the session its settings, as if the connection were a new one.
    ///
    /// - Parameters:
    ///   - options: as those that it was opened with, but for the program's name.
    ///   - secret: the password or login token.
    ///   - deadline: when to give up.
    /// - Throws: `MySQLError`; the connection is closed then.
    func renew(
        _ options: MySQLConnectionOptions,
        secret: Secret,
        deadline: ContinuousClock.Instant
    ) async throws {
        do {
            let facts = try await watched(until: deadline) { watch in
                let connector = MySQLConnector(options: options, secret: secret)
                let (password, scrubber) = (try connector.password(), SecretScrubber(secret))
                guard handle.logInAnew(options, secret: password, scrubber: scrubber) else { throw failure(watch) }
                return try connector.prepare(&handle)
            }
            guard facts.connectionId == connectionId, facts.serverVersion == serverVersion else {
                throw MySQLError(.connectionLost, "Somebody else answers at \(endpoint).", isConnectionLost: true)
            }
        } catch {
            abort()
            throw error
        }
    }

    /// Ends the connection.
    ///
    /// Later calls throw `.connectionLost`.
    package func close() {
        MySQLThread.with { handle.close() }
        link.close()
    }

    /// Ends the connection at once, without a word to the server.
    func abort() {
        link.cut()
        close()
    }

    /// Whether the connection is closed or broken.
    package var isClosed: Bool { handle.isClosed }

    // MARK: Statements

    /// Runs statements in one round trip.
    ///
    /// They are no transaction unless they begin and end one.
    /// - Parameters:
    ///   - statements: one statement per text.
    ///   - deadline: when to give up.
    /// - Returns: one result per statement.
    /// - Throws: `MySQLError`: the first statement's that failed. Those after it were not run.
    @discardableResult
    package func execute(
        _ statements: [SQLText],
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [MySQLResult] {
        guard !statements.isEmpty else { return [] }
        var renderer = SQLRenderer(.mysql)
        var packet: [UInt8] = []
        for (index, statement) in statements.enumerated() {
            if index > 0 { packet.append(contentsOf: Self.separator) }
            packet.append(contentsOf: try bytes(of: statement, &renderer))
        }
        guard packet.count <= packetLimit else { throw tooLong(packet.count) }
        return try await watched(until: deadline) { watch in
            var results: [MySQLResult] = []
            try run(packet, count: statements.count, watch) { results.append($0) }
            return results
        }
    }

    /// Runs one statement.
    /// - Throws: `MySQLError`.
    @discardableResult
    package func query(
        _ statement: SQLText,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> MySQLResult {
        try await execute([statement], deadline: deadline)[0]
    }

    /// The text as it would be sent, for people to read.
    /// - Throws: `MySQLError` if it has a value that cannot be said in SQL.
    package func render(_ text: SQLText) throws -> String {
        var renderer = SQLRenderer(.mysql)
        return String(decoding: try rendered(text, &renderer), as: UTF8.self)
    }
}

// MARK: Under the calls

extension MySQLConnection {
    /// With a line break, lest a comment at the end of a statement swallows the semicolon.
    static let separator = Array("\n;".utf8)

    /// Runs one call's work while the task's cancellation and a deadline are watched.
    ///
    /// The work is synchronous, so the actor does nothing else meanwhile.
    /// - Throws: `.timeout` or `.cancelled` before anything is sent, if it is too late already; what the work throws.
    func watched<Value: Sendable>(
        until deadline: ContinuousClock.Instant?,
        _ work: (CallWatch) throws -> Value
    ) async throws -> Value {
        let watch = CallWatch(link, until: deadline)
        return try await withTaskCancellationHandler {
            guard !handle.isClosed else { throw closedError }
            do {
                // An answer that was there before an interruption counts, but it was the last one.
                defer { if watch.cut != nil { abort() } }
                return try watch.run { try MySQLThread.with { try work(watch) } }
            } catch let late as CallWatch.TooLate {
                throw error(for: late.reason, "Nothing was sent.", isConnectionLost: false)
            }
        } onCancel: {
            watch.interrupt(.cancelled)
        }
    }

    /// Sends a packet of statements and hands out their results one by one.
    /// - Throws: `MySQLError` of the first statement that failed; the server has not begun with those after it.
    func run(_ packet: [UInt8], count: Int, _ watch: CallWatch, _ receive: (MySQLResult) -> Void) throws {
        guard handle.send(packet) else { throw failure(watch) }
        for index in 0..<count {
            guard let result = handle.readResult() else { throw failure(watch) }
            receive(result)
            switch (handle.nextResult(), index == count - 1) {
            case (.result, false), (.end, true): break
            case (.failure, false): throw failure(watch)
            default: throw miscounted()
            }
        }
    }

    /// The bytes of one statement.
    func bytes(of statement: SQLText, _ renderer: inout SQLRenderer) throws -> [UInt8] {
        let isOne = !statement.isEmpty && !statement.parts.contains(where: Self.hasSemicolon)
        guard isOne else {
            throw MySQLError(.misuse, "A text is not one statement: it is empty or has a semicolon. Nothing was sent.")
        }
        return try rendered(statement, &renderer)
    }

    private func rendered(_ text: SQLText, _ renderer: inout SQLRenderer) throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            try renderer.append(text, to: &bytes) { value, quotes, buffer in
                try handle.quote(value, quotes, &buffer)
            }
        } catch let error as UnsayableText {
            throw MySQLError(.invalidText, error.message)
        }
        return bytes
    }

    private static func hasSemicolon(_ part: SQLText.Part) -> Bool {
        guard case .text(let text) = part else { return false }
        return text.withUTF8Buffer { unsafe $0.contains(UInt8(ascii: ";")) }
    }

    /// The error of what the library was last asked.
    private func failure(_ watch: CallWatch) -> MySQLError {
        let report = handle.report
        guard report.endsSession else { return MySQLError(refused: report) }
        abort()
        if let interruption = watch.cut {
            return error(for: interruption, "Whether it was done is not known.", isConnectionLost: true)
        }
        return MySQLError(
            .connectionLost,
            "The connection to \(endpoint) was lost: \(report.message). Whether what was under way was done is not "
                + "known.",
            report: report,
            isConnectionLost: true
        )
    }

    /// There are more or fewer results than statements.
    private func miscounted() -> MySQLError {
        abort()
        return MySQLError(
            .misuse,
            "A text was not one statement, or one that has several results. What was done is not known.",
            isConnectionLost: true
        )
    }

    func tooLong(_ count: Int) -> MySQLError {
        MySQLError(
            .invalidText,
            "A statement of \(count) bytes is longer than \(endpoint) takes (max_allowed_packet), or than \(packetLimit). "
                + "Nothing was sent."
        )
    }

    private var closedError: MySQLError {
        MySQLError(.connectionLost, "The connection to \(endpoint) is closed.", isConnectionLost: true)
    }

    private func error(
        for interruption: CallWatch.Interruption,
        _ outcome: String,
        isConnectionLost: Bool
    ) -> MySQLError {
        switch interruption {
        case .timeout:
            MySQLError(
                .timeout,
                "\(endpoint) did not answer before the deadline. \(outcome)",
                isConnectionLost: isConnectionLost
            )
        case .cancelled:
            MySQLError(
                .cancelled,
                "The work at \(endpoint) was cancelled. \(outcome)",
                isConnectionLost: isConnectionLost
            )
        }
    }
}
