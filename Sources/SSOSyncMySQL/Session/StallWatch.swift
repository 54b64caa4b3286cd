// SPDX-License-Identifier: Apache-2.0

internal import Logging
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

    /// A session that is about to change to another user.
    private struct HalfWay {
        let id: UInt64
        let name: String
        let seconds: Int
    }

    private struct Found {
        /// Who was told to end.
        var ended: Set<String> = []
        /// Who was in the way at the last look.
        var present: Set<String> = []
        /// At how many looks, one after the other, somebody was half-way, by connection.
        var looks: [UInt64: Int] = [:]

        /// Notes who is half-way now.
        ///
        /// - Returns: Those who have been for too long.
        mutating func look(_ halfWay: [HalfWay]) -> [HalfWay] {
            let before = looks
            looks = Dictionary(halfWay.map { ($0.id, (before[$0.id] ?? 0) + 1) }, uniquingKeysWith: max)
            let stalled = halfWay.filter { $0.seconds >= 2 || (looks[$0.id] ?? 0) >= StallWatch.longestLooks }
            present = Set(stalled.map(\.name))
            return stalled
        }
    }

    init(connector: InstanceConnector, endpoint: MySQLEndpoint) {
        (self.connector, self.endpoint) = (connector, endpoint)
    }

    /// How long a list of sessions may take before it is looked whether somebody is in the way.
    private static let patience: Duration = .seconds(2)
    private static let pause: Duration = .milliseconds(250)
    /// Many sessions that are slow one after the other are in the way as long as one that does not go on.
    private static let longestLooks = 4

    /// Does something that needs a list of sessions.
    ///
    /// - Throws: What `body` throws; `SyncError` that says who was in the way, if its time was up or it was cancelled.
    func during<Value>(_ body: () async throws -> Value) async throws -> Value {
        found.withLock { ($0.present, $0.looks) = ([], [:]) }
        async let _: Void = watch()
        do {
            return try await body()
        } catch let error as MySQLError where error.code == .timeout || error.code == .cancelled {
            let present = found.withLock(\.present).sorted().joined(separator: ", ")
            guard !present.isEmpty else { throw error }
            throw SyncError(
                error.code == .timeout ? .timeout : .cancelled,
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
        return ended.sorted().map { Self.notice($0, endpoint) }
    }

    private static func notice(_ name: String, _ endpoint: MySQLEndpoint) -> String {
        "\(name) was half-way to another user at \(endpoint), which kept the server from saying who is connected, and was ended"
    }

    /// Goes on until it is cancelled.
    ///
    /// What goes wrong here shows in what it is to help.
    private func watch() async {
        guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
        var connection: MySQLConnection?
        repeat {
            if await connection?.isClosed ?? true { connection = try? await connect() }
            // Whoever waited goes on as soon as the session is gone, and cancels this: it has to be noted all the same.
            if let connection { _ = try? await Task { try await endStalled(on: connection) }.value }
        } while (try? await Task.sleep(for: Self.pause)) != nil
        await connection?.close()
    }

    private func connect() async throws -> MySQLConnection {
        let patience = Duration.seconds(connector.configuration.connectTimeout)
        return try await connector.connect(to: endpoint, deadline: .now.advanced(by: patience))
    }

    private func endStalled(on connection: MySQLConnection) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(5))
        let rows = try await connection.query(Self.halfWay, deadline: deadline)
        let halfWay = (0..<rows.rowCount).compactMap { row -> HalfWay? in
            guard let id = rows.string(row, 0).flatMap(UInt64.init) else { return nil }
            let name = "\(rows.string(row, 1) ?? "?") (from \(rows.string(row, 2) ?? "?"), connection \(id))"
            return HalfWay(id: id, name: name, seconds: rows.int(row, 3) ?? 0)
        }
        let stalled = found.withLock { $0.look(halfWay) }
        // Which statement the provisioner may use is not known yet.
        for kill in ProvisionerRights.Kill.allCases where !stalled.isEmpty {
            let outcomes = try await connection.pipeline(stalled.map { [kill.sql($0.id)] }, deadline: deadline)
            for (session, outcome) in zip(stalled, outcomes) {
                guard case .success = outcome else { continue }
                let isNew = found.withLock { found in
                    found.present.remove(session.name)
                    return found.ended.insert(session.name).inserted
                }
                if isNew { connector.logger.warning("\(Self.notice(session.name, endpoint))") }
            }
        }
    }

    /// To change to another user takes milliseconds, and those who pool connections do it often.
    ///
    /// The server counts by its clock's seconds, so that one of them may be no time at all.
    static let halfWay: SQLText =
        "SELECT ID, USER, HOST, TIME FROM performance_schema.processlist WHERE COMMAND = 'Change user'"
}
