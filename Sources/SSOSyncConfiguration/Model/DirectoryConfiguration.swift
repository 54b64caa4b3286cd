// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Where people and groups come from.
@nonexhaustive
public enum DirectoryConfiguration: Hashable, Sendable, Encodable {
    /// A file of people, groups and memberships.
    case file(path: String, id: DirectoryId?)
    /// AWS IAM Identity Center.
    case identityCenter(IdentityCenterConfiguration)
}

/// Which identity store of AWS IAM Identity Center is read, and as whom.
public struct IdentityCenterConfiguration: Hashable, Sendable, Encodable {
    /// Where IAM Identity Center is; nil for the environment's or the profile's Region.
    public let region: String?
    /// The identity store; nil for the only one there is.
    public let identityStoreId: String?
    /// A role to assume for reading; nil to read as whoever runs the program.
    public let roleArn: String?
    /// The word that the role's owner asks for.
    public let externalId: String?
    /// How many requests a second there may be; nil for the default.
    public let requestsPerSecond: Int?
}
