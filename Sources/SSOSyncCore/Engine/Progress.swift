// SPDX-License-Identifier: Apache-2.0

/// What a run has come to, for people who wait.
@nonexhaustive
public enum Progress: Hashable, Sendable {
    /// The directory is being read.
    case readingDirectory
    /// The directory was read: so many people.
    case directoryRead(people: Int)
    /// A target's accounts are being read.
    case inspecting(TargetName)
    /// A plan was made: so many operations.
    case planned(TargetName, operations: Int)
    /// Operations of a phase are being carried out: so many are done of so many.
    case applying(TargetName, Operation.Phase, done: Int, of: Int)
    /// A target is finished.
    case finished(TargetName)
}
