// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Ends whoever keeps an instance from saying who is connected.
///
/// While a session is about to change to another user (`COM_CHANGE_USER`) and does not go on, `information_schema.PROCESSLIST` answers
/// nobody, until the server has waited long enough for it: half a minute, unless `net_read_timeout` says otherwise (measured).
/// Anybody can do that, over and over, and so keep themselves from being locked. `performance_schema.processlist` answers
/// meanwhile, and KILL works; where that is turned off, the run fails when its time is up.
struct StallWatch: Sendable {
    let connector: InstanceConnector
    let endpoint: MySQLEndpoint

    /// How long a list of sessions may take before it is looked whether somebody is in the way.
    private static let patience: Duration = .seconds(2)
    private static let pause: Duration = .milliseconds(250)

    /// Does something that needs a list of sessions, on another connection to the instance.
    func during<Value>(_ body: () async throws -> Value) async throws -> Value {
        async let _: Void = watch()
        return try await body()
    }

    /// Goes on until it is cancelled.
    ///
    /// What goes wrong here shows in what it is to help.
    private func watch() async {
        guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
        let deadline = ContinuousClock.now.advanced(by: .seconds(connector.configuration.connectTimeout))
        guard let connection = try? await connector.connect(to: endpoint, deadline: deadline) else { return }
        repeat {
            try? await endStalled(on: connection)
        } while (try? await Task.sleep(for: Self.pause)) != nil
        await connection.close()
    }

    private func endStalled(on connection: MySQLConnection) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(5))
        let rows = try await connection.query(Self.stalled, deadline: deadline)
        let ids = (0..<rows.rowCount).compactMap { rows.string($0, 0).flatMap(UInt64.init) }
        // Which statement the provisioner may use is not known yet.
        let statements = ids.flatMap { id in ProvisionerRights.Kill.allCases.map { [$0.sql(id)] } }
        _ = try await connection.pipeline(statements, deadline: deadline)
    }

    /// To change to another user takes milliseconds, and those who pool connections do it often.
    static let stalled: SQLText =
        "SELECT ID FROM performance_schema.processlist WHERE COMMAND = 'Change user' AND TIME >= 1"
}
