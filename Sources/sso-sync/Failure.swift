// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// The end of a command that threw.
enum Failure {
    /// Says what went wrong and ends the process with the exit code for it.
    static func exit(_ error: any Error) -> Never {
        guard let message = message(error) else { SSOSyncTool.exit(withError: error) }
        StandardError.shared.write(message + "\n")
        SSOSyncTool.exit(withError: ExitCode(ExitStatus.of(error)))
    }

    /// What to say about errors of ours; nil for those of the command line's parser, which knows better.
    private static func message(_ error: any Error) -> String? {
        switch error {
        case let error as ConfigurationError: error.description
        case let error as PlanFileError: "sso-sync: \(error.message)"
        case let error as UsageError: "sso-sync: \(error)"
        case let error as SyncError: "sso-sync: \(Printable.escapedProse(error.message, keepsLines: true))"
        case is CancellationError: "sso-sync: interrupted"
        default: SSOSyncTool.exitCode(for: error) == .failure ? "sso-sync: internal error: \(error)" : nil
        }
    }
}
