// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The process's exit codes, beside those of ``Verdict``.
///
/// The numbers are those of `sysexits.h`.
public enum ExitStatus {
    /// The command line is wrong.
    public static let usage: Int32 = 64
    /// The program is at fault.
    public static let `internal`: Int32 = 70
    /// The configuration, or a plan file, is wrong.
    public static let configuration = ConfigurationError.exitCode

    /// The exit code for what a command threw.
    public static func of(_ error: any Error) -> Int32 {
        switch error {
        case is ConfigurationError, is PlanFileError: configuration
        case is UsageError: usage
        case let error as SyncError: of(error)
        case is CancellationError: Verdict.partialFailure.exitCode
        default: `internal`
        }
    }

    private static func of(_ error: SyncError) -> Int32 {
        switch error.code {
        case .source, .groupMissing: Verdict.sourceUnavailable.exitCode
        case .busy: Verdict.busy.exitCode
        case .frozen: Verdict.changesPending.exitCode
        default: Verdict.partialFailure.exitCode
        }
    }
}
