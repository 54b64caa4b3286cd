// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// A membership that is still there after a revocation.
struct MembershipRow: Hashable {
    let role: RoleName
    let member: Int
    let grantor: RoleName

    static func query(_ members: [Int]) -> SQLText {
        """
        SELECT r.rolname, m.member, g.rolname FROM pg_auth_members m
            JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles g ON g.oid = m.grantor
        WHERE m.member IN (\(members.map(SQLText.integer).joined()))
        """
    }

    /// The rows of a result, by member.
    static func rows(_ result: PostgresResult?) -> [Int: [MembershipRow]] {
        guard let result else { return [:] }
        let rows = (0..<result.rowCount).compactMap { row -> MembershipRow? in
            guard let role = result.string(row, 0), let member = result.int(row, 1) else { return nil }
            return MembershipRow(role: RoleName(role), member: member, grantor: RoleName(result.string(row, 2) ?? ""))
        }
        return Dictionary(grouping: rows, by: \.member)
    }
}

extension StatementCompiler.Item {
    var isRevocation: Bool {
        if case .revoke = operation.action { true } else { false }
    }

    /// A revocation that the server answered with no more than a warning is not done.
    ///
    /// - Parameter membershipsLeft: By member.
    func outcome(membershipsLeft: [Int: [MembershipRow]]) -> OperationOutcome {
        guard case .revoke(let memberships) = operation.action, let id = account?.id,
            let membershipsLeft = membershipsLeft[id]
        else { return OperationOutcome(operation, .done) }
        let left = memberships.filter { membership in
            membershipsLeft.contains {
                $0.role == membership.role
                    && (membership.grantor == nil || $0.grantor == membership.grantor.map(RoleName.init))
            }
        }
        guard !left.isEmpty else { return OperationOutcome(operation, .done) }
        let roles = left.map(\.role.rawValue).joined(separator: ", ")
        return OperationOutcome(
            operation,
            .failed(SyncError(.server, "\(operation.account) still holds \(roles) after the revocation"))
        )
    }
}
