// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport

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
}
