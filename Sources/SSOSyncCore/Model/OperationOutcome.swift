// SPDX-License-Identifier: Apache-2.0

/// How an operation ended.
public struct OperationOutcome: Sendable {
    /// How an operation ended.
    @nonexhaustive
    public enum Result: Sendable {
        /// It is done, durably.
        case done
        /// It was not done, or not wholly: why, and how to mend it.
        case failed(SyncError)
        /// It was not tried, because an operation that has to come first was not done.
        case skipped(because: String)
        /// It waits for the next run, which is nothing to worry about.
        case deferred(because: String)
    }

    /// The operation.
    public let operation: Operation
    /// How it ended.
    public let result: Result
    /// Sessions that were ended.
    public let sessionsEnded: Int

    /// How an operation ended.
    public init(_ operation: Operation, _ result: Result, sessionsEnded: Int = 0) {
        self.operation = operation
        self.result = result
        self.sessionsEnded = sessionsEnded
    }

    /// Whether it waits for the next run.
    public var isDeferred: Bool {
        if case .deferred = result { true } else { false }
    }

    /// Whether it is done.
    public var isDone: Bool {
        if case .done = result { true } else { false }
    }
}
