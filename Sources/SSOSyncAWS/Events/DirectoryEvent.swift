// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A change to an identity store, as EventBridge tells of it: a hint at what may have changed.
///
/// Events come at least once, in any order, late, with values hidden, or not at all, so that nothing in one is obeyed.
public struct DirectoryEvent: Sendable, Hashable {
    /// Which of the ways to change a store it came by.
    @nonexhaustive
    public enum Family: String, Sendable, Hashable {
        /// The console, and SCIM with tokens from before September 2024.
        case console = "sso-directory.amazonaws.com"
        /// The public API, which the command line, SDKs and Terraform use.
        case publicAPI = "identitystore.amazonaws.com"
        /// SCIM, which other identity providers use.
        case scim = "identitystore-scim.amazonaws.com"
        /// The store's own notifications, which need no trail.
        case notification = "aws.identitystore"
    }

    /// Which of the ways to change a store it came by.
    public let family: Family
    /// What happened, in AWS's words, such as `AddMemberToGroup` or `User Updated`.
    public let name: String
    /// The event's own id; the same change may come under several.
    public let id: String?
    /// The identity store; nil if the event does not say, as with SCIM.
    public let store: String?
    /// The AWS account that the event comes from.
    public let account: String?
    /// The Region that the event comes from.
    public let region: String?
    /// When it happened.
    public let time: Timestamp?
    /// Whom it may concern.
    public let scope: EventScope
}

/// What an event comes to.
@nonexhaustive
public enum EventVerdict: Sendable, Hashable {
    /// Something may have changed.
    case change(DirectoryEvent)
    /// Nothing changed that is ours.
    case dropped(Reason)
    /// It is not known what this is.
    ///
    /// The shape is a few words for a counter and a line in the log, in printable ASCII.
    case unknown(shape: String)

    /// Why an event concerns nobody.
    @nonexhaustive
    public enum Reason: String, Sendable, Hashable {
        /// The call that it tells of has failed.
        case failedCall
        /// It tells of another identity store.
        case foreignStore
        /// It tells of a call that only reads.
        case readOnly
    }
}
