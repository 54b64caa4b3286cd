// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL
internal import Synchronization

/// Ends whoever keeps an instance from saying who is connected.
///
/// While a session is about to change to another user (`COM_CHANGE_USER`) and does not go on, `information_schema.PROCESSLIST` answers
/// nobody, until the server has waited long enough for it: half a minute, unless `net_read_timeout` says otherwise (measured).
/// Anybody can do that, over and over, and so keep themselves from being locked. `performance_schema.processlist` answers
/// meanwhile, and KILL works; where that is turned off, the run fails when its time is up.
final class StallWatch: Sendable {
    private let connector: InstanceConnector
    private let endpoint: MySQLEndpoint
    private let found = Mutex(Found())

    private struct Found {
        /// Who was told to end.
        var ended: Set<String> = []
        /// Who was in the way at the last look.
        var present: Set<String> = []
    }

    init(connector: InstanceConnector, endpoint: MySQLEndpoint) {
        (self.connector, self.endpoint) = (connector, endpoint)
    }

    /// How long a list of sessions may take before it is looked whether somebody is in the way.
    private static let patience: Duration = .seconds(2)
    private static let pause: Duration = .milliseconds(250)

    /// Does something that needs a list of sessions.
    ///
    /// - Throws: What `body` throws; `SyncError` that says who was in the way, if its time was up.
    func during<Value>(_ body: () async throws -> Value) async throws -> Value {
        found.withLock { $0.present = [] }
        async let _: Void = watch()
        do {
            return try await body()
        } catch let error as MySQLError where error.code == .timeout {
            let present = found.withLock(\.present).sorted().joined(separator: ", ")
            guard !present.isEmpty else { throw error }
            throw SyncError(
                .timeout,
                "\(endpoint) does not say who is connected, because a session is half-way to another user, and could not be ended: "
                    + present
            )
        }
    }

    /// What people should know: who was ended since this was asked the last time.
    func notices() -> [String] {
        let ended = found.withLock { found in
            defer { found.ended = [] }
            return found.ended
        }
        return ended.sorted().map {
            "\($0) was half-way to another user at \(endpoint), which kept the server from saying who is connected, and was ended"
        }
    }

    /// Goes on until it is cancelled.
    ///
    /// What goes wrong here shows in what it is to help.
    private func watch() async {
        guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
        var connection: MySQLConnection?
        repeat {
            if await connection?.isClosed ?? true { connection = try? await connect() }
            if let connection { try? await endStalled(on: connection) }
        } while (try? await Task.sleep(for: Self.pause)) != nil
        await connection?.close()
    }

    private func connect() async throws -> MySQLConnection {
        let patience = Duration.seconds(connector.configuration.connectTimeout)
        return try await connector.connect(to: endpoint, deadline: .now.advanced(by: patience))
    }

    private func endStalled(on connection: MySQLConnection) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(5))
        let rows = try await connection.query(Self.stalled, deadline: deadline)
        let stalled = (0..<rows.rowCount).compactMap { row -> (UInt64, String)? in
            guard let id = rows.string(row, 0).flatMap(UInt64.init) else { return nil }
            return (id, "\(rows.string(row, 1) ?? "?") (connection \(id))")
        }
        found.withLock { $0.present = Set(stalled.map(\.1)) }
        // Which statement the provisioner may use is not known yet.
        for kill in ProvisionerRights.Kill.allCases where !stalled.isEmpty {
            let outcomes = try await connection.pipeline(stalled.map { [kill.sql($0.0)] }, deadline: deadline)
            for (session, outcome) in zip(stalled, outcomes) {
                guard case .success = outcome else { continue }
                found.withLock { found in
                    found.ended.insert(session.1)
                    found.present.remove(session.1)
                }
            }
        }
    }

    /// To change to another user takes milliseconds, and those who pool connections do it often.
    ///
    /// The server counts by its clock's seconds, so that one of them may be no time at all.
    static let stalled: SQLText =
        "SELECT ID, USER FROM performance_schema.processlist WHERE COMMAND = 'Change user' AND TIME >= 2"
}
