// SPDX-License-Identifier: Apache-2.0

/// A user of the directory.
public struct Person: Hashable, Sendable, Codable {
    /// Who it is, whatever the name.
    public let id: UserId
    /// The name that the account is to have; nil if the directory has none in the configured attribute.
    public let accountName: AccountName?
    /// False for a disabled user, who counts as gone.
    public let isEnabled: Bool

    /// A user of the directory.
    ///
    /// - Parameters:
    ///   - id: Who it is, whatever the name.
    ///   - accountName: The value of the attribute that account names are made from.
    ///   - isEnabled: False for a disabled user.
    public init(id: UserId, accountName: AccountName?, isEnabled: Bool = true) {
        self.id = id
        self.accountName = accountName
        self.isEnabled = isEnabled
    }
}
