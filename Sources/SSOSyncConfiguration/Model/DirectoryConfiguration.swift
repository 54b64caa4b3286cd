// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Where people and groups come from.
@nonexhaustive
public enum DirectoryConfiguration: Hashable, Sendable, Encodable {
    /// A file of people, groups and memberships.
    case file(path: String, id: DirectoryId?)
    /// AWS IAM Identity Center.
    case identityCenter(IdentityCenterConfiguration)
    /// What sso-sync snapshot has written.
    case snapshot(SnapshotConfiguration)
}

extension DirectoryConfiguration {
    /// Whether reading it calls AWS.
    var needsAWS: Bool {
        switch self {
        case .file: false
        case .identityCenter: true
        case .snapshot(let snapshot): if case .s3 = snapshot.place { true } else { false }
        }
    }
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

/// Which snapshot is read, and what it has to be.
public struct SnapshotConfiguration: Hashable, Sendable, Encodable {
    /// Where the snapshot is.
    public enum Place: Hashable, Sendable, Encodable {
        /// In a file.
        case file(path: String)
        /// In S3, at `s3://bucket/key`.
        case s3(String)
    }

    /// A key that it may be signed with.
    public enum Key: Hashable, Sendable, Encodable {
        /// The public key in a file, in PEM.
        case file(path: String)
        /// The one of that SHA-256.
        case fingerprint(String)
    }

    /// Where the snapshot is.
    public let place: Place
    /// The version that is read; nil for the current one.
    public let versionId: String?
    /// Where the bucket is; nil for the environment's or the profile's Region.
    public let region: String?
    /// A role to assume for reading; nil to read as whoever runs the program.
    public let roleArn: String?
    /// The word that the role's owner asks for.
    public let externalId: String?
    /// The keys, with one of which it has to be signed: one, or two while it is being changed.
    public let keys: [Key]
    /// Which directory it has to be of.
    public let directoryId: DirectoryId
    /// For how long it is good, in seconds; nil for the default.
    public let maximumAge: Int64?
    /// The file that remembers the latest one; nil to remember it as long as the program runs.
    public let memory: String?
}
