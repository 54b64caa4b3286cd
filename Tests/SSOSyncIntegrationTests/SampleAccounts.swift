// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The login by which aws-samples/sso-sync-to-amazon-rds makes accounts, and accounts as that makes them: its own statements
/// (commit 58af5bc, `sql_executor.py`), with names quoted as they have to be.
struct SampleAccounts {
    static let login = "sample_provisioner"

    private let world: World

    init(_ world: World) async throws {
        self.world = world
        guard world.engine != .mysql else { return }
        let grants = (["rds_iam"] + world.roles.map(\.rawValue)).map {
            "GRANT \"\($0)\" TO \(Self.login) WITH ADMIN OPTION;"
        }
        _ = try await world.postgres.superuser(
            "CREATE ROLE \(Self.login) LOGIN CREATEROLE; " + grants.joined(separator: " ")
        )
    }

    func make(_ account: AccountName, role: RoleName) async throws {
        guard world.engine != .mysql else {
            let name = MySQLScratchServer.literal(account)
            _ = try await mysql(
                "CREATE USER IF NOT EXISTS \(name) IDENTIFIED WITH AWSAuthenticationPlugin as 'RDS'; "
                    + "GRANT '\(role)' TO \(name)@'%'"
            )
            return
        }
        let name = Self.quoted(account)
        try await asLogin("CREATE USER \(name); GRANT rds_iam to \(name); GRANT \"\(role)\" TO \(name)")
    }

    /// Runs SQL as the login that makes the accounts.
    func asLogin(_ sql: String) async throws {
        _ = try await world.postgres.superuser("SET ROLE \(Self.login); \(sql)")
    }

    /// Runs SQL as MySQL's superuser.
    func mysql(_ sql: String) async throws -> [String] {
        let server = try #require(world.server as? MySQLScratchServer)
        return try await server.superuser(sql)
    }

    /// Runs the statements that conflicts say, as whom they say to.
    ///
    /// - Returns: How many there were.
    func runStatements(of plan: Plan) async throws -> Int {
        let statements = plan.content.conflicts.compactMap { conflict -> String? in
            guard let begin = conflict.message.range(of: "run GRANT "),
                let end = conflict.message.range(of: "; as \(Self.login), or as a superuser")
            else { return nil }
            return "GRANT " + conflict.message[begin.upperBound..<end.lowerBound]
        }
        for statement in statements { try await asLogin(statement) }
        return statements.count
    }

    private static func quoted(_ name: AccountName) -> String {
        "\"" + name.rawValue.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension World {
    /// What a request by hand comes to.
    func plan(_ request: MarkingRequest) async throws -> Plan {
        let report = await engine().plan(request)
        let target = try #require(report.targets.first, "\(report.sourceFailure as Any)")
        return try #require(target.plan, "\(target.failure as Any)")
    }

    /// Does what a request by hand comes to.
    func apply(
        _ request: MarkingRequest,
        approved plan: Plan? = nil,
        by provisioner: (any DatabaseProvisioner)? = nil
    ) async throws -> TargetReport {
        var options = SyncEngine.Options()
        options.approvedPlans = plan.map { [$0.content.target: $0.contentHash] }
        let report = await engine(provisioner: provisioner).apply(request, options: options)
        return try #require(report.targets.first, "\(report.sourceFailure as Any)")
    }
}
