// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Prints a login token.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print a token that a target takes instead of your password.",
        discussion: """
            It is made with your AWS credentials: of the environment, of a profile (AWS_PROFILE; aws sso login), or of the \
            machine. It opens sessions for a quarter of an hour, and those last on. To hand it to a client, \
            sso-sync connect is safer: there nobody sees it.

            Examples:
              sso-sync token orders
              sso-sync token orders --user ann | pbcopy
            """
    )

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let token = try await login.login().token()
        StandardOutput.write(token.exposed + "\n")
    }
}
