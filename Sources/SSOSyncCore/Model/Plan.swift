// SPDX-License-Identifier: Apache-2.0

/// What a run is going to do on one target, as a value: it can be counted, limited, shown, saved and approved before the
/// first statement runs.
public struct Plan: Hashable, Sendable, Codable {
    /// An operation with its reason.
    public struct Step: Hashable, Sendable, Codable {
        /// What is to be done.
        public let operation: Operation
        /// Why.
        public let reason: Reason

        /// An operation with its reason.
        public init(_ operation: Operation, because reason: Reason) {
            self.operation = operation
            self.reason = reason
        }
    }

    /// A step that waits.
    public struct WithheldStep: Hashable, Sendable, Codable {
        /// What a step waits for.
        @nonexhaustive
        public enum Cause: String, Hashable, Sendable, Codable {
            /// The brake on removals tripped.
            case removalsBrake
            /// The brake on joins tripped.
            case joinsBrake
            /// The target's mode is `joins`.
            case mode
            /// A later reading of the directory than this one has already decided about the account.
            case olderDirectory
            /// Joins are frozen, by the configuration or by whoever has handed the reading on.
            case freeze
        }

        /// What would be done.
        public let step: Step
        /// What it waits for.
        public let cause: Cause
    }

    /// The fingerprints of what the plan was made from.
    public struct Inputs: Hashable, Sendable, Codable {
        /// Of the target's policy.
        public let configuration: String
        /// Of people, groups and memberships.
        public let directory: String
        /// Of the target's accounts and roles.
        public let state: String
    }

    /// Figures for people.
    public struct Counts: Hashable, Sendable, Codable {
        /// People who are entitled to an account, inside the scope.
        public let entitled: Int
        /// Accounts that are ours, inside the scope.
        public let managed: Int
        /// Those of them on which nothing has to be done.
        public let unchanged: Int
    }

    /// What is decided, without the times at which it was: two plans with the same content do the same, whatever notices are
    /// among their findings.
    public struct Content: Hashable, Sendable, Codable {
        /// The target.
        public let target: TargetName
        /// What a run may do on the target.
        public let mode: Policy.Mode
        /// What the deployment as a whole keeps the run from, or whoever has handed the reading on; nil for nothing.
        public let hold: Policy.Hold?
        /// The engine, for people.
        public let engine: String
        /// The fingerprints of what the plan was made from.
        public let inputs: Inputs
        /// What is to be done, in the order of phases and then of names.
        public let steps: [Step]
        /// What would be done and waits.
        public let withheld: [WithheldStep]
        /// What keeps people from what the directory says.
        public let conflicts: [Conflict]
        /// What people should know.
        public fileprivate(set) var findings: [Finding]
        /// What the brake says.
        public let brake: BrakeVerdict
        /// Figures.
        public let counts: Counts
    }

    /// The layout of the JSON.
    public let version: Int
    /// What is decided.
    public let content: Content
    /// When the plan was made.
    public let createdAt: Timestamp
    /// When it must no longer be applied.
    public let expiresAt: Timestamp
    /// When the reading of the directory began that it was made from.
    public let directoryAsOf: Timestamp
    /// Accounts of people who left that were locked more than ``timeToBeOut`` ago, and were not out when the plan was made,
    /// ascending; nil for none.
    public let overdue: [AccountName]?
    /// People who cannot have a name because an account of ours of somebody outside the scope has it, and those others, who may
    /// have left; not written.
    package private(set) var namesakes: Set<UserId> = []

    private enum CodingKeys: String, CodingKey { case version, content, createdAt, expiresAt, directoryAsOf, overdue }

    init(
        content: Content,
        createdAt: Timestamp,
        directoryAsOf: Timestamp,
        overdue: [AccountName],
        namesakes: Set<UserId>
    ) {
        version = 1
        self.namesakes = namesakes
        self.content = content
        self.createdAt = createdAt
        self.directoryAsOf = directoryAsOf
        self.overdue = overdue.isEmpty ? nil : overdue
        expiresAt = createdAt.advanced(bySeconds: Self.lifetime)
    }

    /// How long a saved plan may be applied, in seconds: a day, so that a review has time.
    public static let lifetime: Int64 = 86_400

    /// How long it may take until somebody whose account is locked is out, in seconds: a quarter of an hour.
    public static let timeToBeOut: Int64 = 900
}

extension Plan {
    /// The operations, in the order of phases and then of names.
    public var operations: [Operation] { content.steps.map(\.operation) }

    /// The SHA-256 of the canonical JSON of ``content`` without its notices, in hexadecimal digits.
    ///
    /// Notices are about the moment, as the times are. If they counted, whoever takes the lock, and is ended and reported for
    /// it, would keep every approved plan from being applied.
    public var contentHash: String {
        var decided = content
        decided.findings.removeAll { $0.kind == .notice }
        return Fingerprint.of(CanonicalJSON.bytes(decided))
    }

    /// Whether nothing is to be done and nothing waits.
    public var isInSync: Bool { content.steps.isEmpty && content.withheld.isEmpty }
}
