// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

extension World {
    /// The same on MySQL, for what that engine alone has.
    ///
    /// - Parameters:
    ///   - options: More options of the server, as its command line has them.
    ///   - standby: Whether there is to be a replica that serves reads.
    ///   - master: What the server's master user may do.
    ///   - roles: Roles that groups are mapped to.
    static func withMySQL(
        options: [String] = [],
        standby: Bool = false,
        master: MySQLScratchServer.Master = .aurora,
        roles: [RoleName] = ["readers", "writers"],
        _ body: (World) async throws -> Void
    ) async throws {
        try await with(
            try await MySQLScratchServer(standby: standby, options: options, master: master),
            roles: roles,
            body
        )
    }

    /// The server of a test that is about MySQL.
    var mysql: MySQLScratchServer {
        guard let server = server as? MySQLScratchServer else { preconditionFailure("\(engine) is not MySQL") }
        return server
    }

    /// The roles that are active when somebody has just logged in, ascending.
    func activeRoles(of account: AccountName) async throws -> [String] {
        let session = try await mysql.logIn(as: account)
        let text = try await session.column("SELECT CURRENT_ROLE()").first ?? ""
        await session.close()
        guard text != "NONE" else { return [] }
        return text.split(separator: ",").map { $0.split(separator: "@")[0].filter { $0 != "`" } }.sorted()
    }

    /// A run that does not wait long for sessions to end.
    func runShortly() async throws -> TargetReport {
        try await run { $0.outTimeout = .milliseconds(300) }
    }

    // MARK: Code of somebody's

    /// Sessions of somebody who is about to leave, and of somebody who stays.
    ///
    /// In `app`, `hide` is `definer`'s procedure, and `owned` is ann's; both end when the gate is opened.
    func makeHidingPlace() async throws -> (leaver: MySQLConnection, worker: MySQLConnection) {
        for user in ["ann", "stays"] as [UserId] { set(user, in: ["readers"]) }
        try await apply()
        let server = mysql
        for statement in [
            "CREATE DATABASE app", "CREATE TABLE app.gate (isOpen BOOLEAN)", "INSERT INTO app.gate VALUES (FALSE)",
            "CREATE USER definer IDENTIFIED BY 'x'", "GRANT EXECUTE, SELECT ON app.* TO definer, ann, stays",
        ] {
            try await server.superuser(statement)
        }
        for (name, definer) in [("hide", "definer"), ("owned", "ann")] {
            try await server.superuser(
                """
                DELIMITER //
                CREATE DEFINER = \(definer) PROCEDURE app.\(name)() SQL SECURITY DEFINER
                WHILE (SELECT NOT isOpen FROM app.gate) DO DO SLEEP(0.05); END WHILE//
                """
            )
        }
        return (
            try await server.logIn(as: "ann", standby: false, database: nil),
            try await server.logIn(as: "stays", standby: false, database: nil)
        )
    }

    /// Waits until an event is in `definer`'s procedure, and so shows as `definer`'s.
    func waitForHiddenEvent() async throws {
        try await eventually("the event is in there") {
            try await mysql.superuser(
                "SELECT COMMAND FROM information_schema.PROCESSLIST WHERE USER = 'definer' AND STATE = 'User sleep'"
            ) == ["Connect"]
        }
    }
}
