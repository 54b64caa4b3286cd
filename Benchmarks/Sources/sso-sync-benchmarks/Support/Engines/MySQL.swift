// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL

/// MySQL, in the version that Debian has.
struct MySQL: Engine {
    let title = "MySQL"
    let version = "mysql"
    var client: any ClientProgram { MySQLClient() }

    func superuserArguments(server: String) -> [String] {
        ["mysql", server, "--batch", "--skip-column-names"]
    }

    let accountCount = "SELECT COUNT(*) FROM mysql.user WHERE User LIKE 'person%'"
    let sessionCount = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER LIKE 'person%'"

    /// From the server's tables: dropping thousands takes as long as making them.
    func removeAccounts(from server: Server) throws {
        try server.superuser(
            "DELETE FROM mysql.user WHERE User LIKE 'person%'",
            "DELETE FROM mysql.role_edges WHERE TO_USER LIKE 'person%'",
            "DELETE FROM mysql.default_roles WHERE USER LIKE 'person%'",
            "FLUSH PRIVILEGES"
        )
    }

    /// Waits until the server has cleared away what was deleted, which makes statements after it slower (measured).
    func settle(_ server: Server) async throws {
        let waiting = "SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'"
        for _ in 0..<600 {
            guard try server.count(waiting) > 0 else { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Trouble("the server does not clear away what was deleted")
    }

    func waysToSend(_ script: [String]) -> [Client.Way] {
        Client.Batching.allCases.flatMap { batching in
            [
                Client.Way(script, batching),
                Client.Way(Self.asList(script), batching, named: "one list, then a marker each, \(batching.rawValue)"),
            ]
        }
    }

    /// All accounts in one statement, and their markers, of which no two are the same, in one each.
    private static func asList(_ script: [String]) -> [String] {
        let creations = script.compactMap {
            $0.wholeMatch(of: /CREATE USER ((.+?) IDENTIFIED .+?) (DEFAULT ROLE .+?) (ATTRIBUTE .+)/)?.output
        }
        guard let first = creations.first, creations.count == script.count else { return [] }
        return ["CREATE USER \(creations.map { String($0.1) }.joined(separator: ", ")) \(first.3);"]
            + creations.map { "ALTER USER \($0.2) \($0.4)" }
    }

    // MARK: The provisioner

    func bootstrap(_ server: Server, capacity: Int) async throws {
        // Or what was cleared away is told only now and then; see ``settle(_:)``.
        try server.superuser("SET GLOBAL innodb_purge_rseg_truncate_frequency = 1", "CREATE ROLE readers, writers")
        _ = try await MySQLBootstrap.run(
            configuration(server, user: server.master),
            secrets: server.masterSecret,
            login: Deployment.login,
            roles: Set(Deployment.roles),
            dryRun: false
        )
    }

    func provisioner(of deployment: Deployment) -> any DatabaseProvisioner {
        var configuration = configuration(deployment.server, user: Deployment.login, port: deployment.port)
        configuration.statementTimeout = Int(Deployment.timeout / .milliseconds(1))
        configuration.dropBudget = deployment.dropBudget
        return MySQLProvisioner(configuration, owner: Deployment.owner, secrets: Server.tokens)
    }

    private func configuration(_ server: Server, user: String, port: Int? = nil) -> MySQLConfiguration {
        var configuration = MySQLConfiguration(
            writer: MySQLEndpoint(host: "localhost", port: port ?? server.port),
            user: user
        )
        configuration.caFile = server.authority
        return configuration
    }
}
