// SPDX-License-Identifier: Apache-2.0

/// An account's membership in a role: the role, who granted it, and what it allows.
public struct Membership: Hashable, Sendable, Codable {
    /// The role.
    public let role: RoleName
    /// The role or login that granted it; nil where the engine does not record grantors.
    public let grantor: String?
    /// Whether the member has the role's rights or may switch to it.
    ///
    /// A membership that only lets the member grant the role on gives no access.
    public let isUsable: Bool
    /// Whether the provisioner granted it, or an earlier provisioner of the same deployment did.
    public let isOurs: Bool
    /// Whether the provisioner can revoke it.
    public let isRevocable: Bool
    /// Why the provisioner cannot revoke it, as the end of a sentence; nil for that only the grantor can.
    public let irrevocableBecause: String?
    /// The statement with which somebody else can revoke it; nil where ours can.
    public let statement: String?

    /// A membership.
    ///
    /// - Parameters:
    ///   - role: The role.
    ///   - grantor: Who granted it.
    ///   - isUsable: Whether it gives access.
    ///   - isOurs: Whether this deployment granted it.
    ///   - isRevocable: Whether the provisioner can revoke it.
    ///   - irrevocableBecause: Why the provisioner cannot, if not because only the grantor can.
    ///   - statement: For people, where the provisioner cannot.
    public init(
        role: RoleName,
        grantor: String? = nil,
        isUsable: Bool = true,
        isOurs: Bool = true,
        isRevocable: Bool = true,
        irrevocableBecause: String? = nil,
        statement: String? = nil
    ) {
        self.role = role
        self.grantor = grantor
        self.isUsable = isUsable
        self.isOurs = isOurs
        self.isRevocable = isRevocable
        self.irrevocableBecause = irrevocableBecause
        self.statement = statement
    }

    /// Orders by role, then by grantor.
    static func precedes(_ left: Membership, _ right: Membership) -> Bool {
        left.role == right.role ? (left.grantor ?? "") < (right.grantor ?? "") : left.role < right.role
    }
}
