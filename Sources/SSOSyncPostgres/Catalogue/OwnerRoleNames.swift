// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What the roles of a deployment's provisioner are called, from PostgreSQL 16 on.
struct OwnerRoleNames {
    /// The role that grants to all accounts.
    let grantor: String
    private let prefix: String

    init(_ owner: DeploymentOwner) {
        grantor = Self.cut(PostgresDialect.grantorRolePrefix + owner.rawValue)
        prefix = Self.cut(PostgresDialect.ownerRolePrefix + owner.rawValue) + "_"
    }

    /// So that a number fits behind it: a name holds 63 bytes.
    private static func cut(_ text: String) -> String {
        var name = text
        while name.utf8.count > 56 { name.removeLast() }
        return name
    }

    /// The name of an owner role; they are numbered from 1.
    func ownerRole(_ number: Int) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(0, 2 - digits.count)) + digits
    }

    /// Whether an owner role of the deployment has that name.
    func isOwnerRole(_ name: String) -> Bool {
        guard name.utf8.starts(with: prefix.utf8) else { return false }
        let number = name.utf8.dropFirst(prefix.utf8.count)
        return !number.isEmpty && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
