// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What a hub does with the directory: it has no databases of its own, signs what it reads, and sends it to those who do.
public struct HubConfiguration: Hashable, Sendable, Encodable {
    /// A copy of the snapshot, for the spokes of a Region.
    public struct Copy: Hashable, Sendable, Encodable {
        /// Where it is, as `s3://bucket/key`.
        public let s3: String
        /// Where the bucket is; nil for the environment's Region.
        public let region: String?
    }

    /// A function that works on databases, and the queue that it has its messages from.
    public struct Spoke: Hashable, Sendable, Encodable {
        /// What it is called in logs.
        public let name: String
        /// The queue's address.
        public let queueURL: String
        /// Where the queue is.
        public let region: String
        /// The targets that it works on: in a full run there is a message for each.
        public let targets: [TargetName]
        /// The groups that its targets map, ascending by name.
        public let groups: [DirectoryRequest.Group]
    }

    /// The key in KMS that signs: its id or ARN, or an alias's name or ARN.
    public let key: String
    /// Where snapshots are written; at least one place.
    public let snapshots: [Copy]
    /// Whom work is sent to; at least one.
    public let spokes: [Spoke]
}

extension DirectoryRequest.Group: Encodable {
    private enum CodingKeys: String, CodingKey { case name, pinnedId }

    /// The name, and the id that is pinned.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(pinnedId, forKey: .pinnedId)
    }
}
