// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// For how long nobody may delete or replace a version of an object, in a bucket that was made with object lock
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>).
public struct S3Retention: Sendable, Hashable {
    /// Who may shorten it.
    public enum Mode: String, Sendable, Hashable, Encodable, CaseIterable {
        /// Whoever has `s3:BypassGovernanceRetention`.
        case governance
        /// Nobody, not even the account's root.
        case compliance
    }

    /// Who may shorten it.
    public let mode: Mode
    /// When it is over.
    public let until: Timestamp

    /// A retention.
    public init(_ mode: Mode, until: Timestamp) {
        self.mode = mode
        self.until = until
    }
}
