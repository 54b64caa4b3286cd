// SPDX-License-Identifier: Apache-2.0

/// What somebody can be told about a run.
@nonexhaustive
public enum NoticeKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Something failed: the directory, a target, an operation. Or somebody who left goes on having access.
    case failure
    /// A brake tripped, and something waits for a person.
    case brake
    /// Something keeps people from what the directory says.
    case conflict
    /// Something was changed.
    case changes
    /// Trouble that was told about is over.
    case recovered
}

/// What a notifier is told, and how much of it.
public struct NoticeSettings: Hashable, Sendable {
    /// How much is said about accounts.
    public enum Detail: String, Hashable, Sendable, Codable, CaseIterable {
        /// Counts, and ids of people.
        case counts
        /// Names of accounts and roles, and the text of errors, too.
        case names
    }

    /// The deployment, so that a reader knows whose word it is.
    public var owner: DeploymentOwner
    /// What is told.
    public var kinds: Set<NoticeKind>
    /// How much is said about accounts.
    public var detail: Detail

    /// What a notifier is told, and how much of it.
    public init(
        owner: DeploymentOwner,
        kinds: Set<NoticeKind> = [.failure, .brake],
        detail: Detail = .counts
    ) {
        self.owner = owner
        self.kinds = kinds
        self.detail = detail
    }
}
