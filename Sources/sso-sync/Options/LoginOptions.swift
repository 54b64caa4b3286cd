// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Who logs in, and where.
struct LoginOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions

    @Argument(help: "The target's name in the configuration.")
    var target: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Your account on the server (default: your user name, after a login through IAM Identity Center).",
            valueName: "name"
        )
    )
    var user: String?

    @Option(
        help: ArgumentHelp("Go to this reader of the target instead of the writer: 1, 2…", valueName: "number")
    )
    var reader: Int?

    mutating func validate() throws {
        guard user?.isEmpty != true else { throw ValidationError("--user takes the name of an account.") }
    }

    /// The login.
    ///
    /// - Parameter database: The database to begin in.
    func login(database: String? = nil) async throws -> PersonalLogin {
        let configuration = try await common.configuration()
            .discovering([target], aws: common.aws, environment: common.environment, isPersonal: true)
        return try await PersonalLogin(
            configuration,
            target: try configuration.target(named: target),
            user: user,
            database: database,
            reader: reader,
            aws: common.aws,
            environment: common.environment
        )
    }
}
