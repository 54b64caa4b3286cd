// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import SSOSyncConfiguration
import SSOSyncCore

/// Where a password comes from.
///
/// Never from the command line itself, which every user of the machine can read.
struct PasswordOptions: ParsableArguments {
    @Option(
        name: .customLong("password-file"),
        help: ArgumentHelp("A file that holds the master user's password.", valueName: "file"),
        completion: .file()
    )
    var file: String?

    @Option(
        name: .customLong("password-variable"),
        help: ArgumentHelp("An environment variable that holds the master user's password.", valueName: "name")
    )
    var variable: String?

    mutating func validate() throws {
        guard file == nil || variable == nil else {
            throw ValidationError("--password-file and --password-variable exclude each other.")
        }
    }

    /// The password; nil if none was told.
    func secrets() throws -> (any LoginSecretProvider)? {
        if let file {
            do {
                return try PasswordFile(path: file).readOnce()
            } catch {
                throw UsageError(error.message)
            }
        }
        guard let variable else { return nil }
        let password = PasswordVariable(name: variable, environment: ProcessInfo.processInfo.environment)
        if let problem = password.problem { throw UsageError(problem) }
        return password
    }
}
