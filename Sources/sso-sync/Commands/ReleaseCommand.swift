// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Lets accounts go.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Let accounts go, so that no run looks after them, after showing what that means.",
        discussion: """
            Takes the marker off accounts of this deployment and leaves all else: login, roles, sessions. From then on nobody \
            locks such an account when its person leaves. A run reports it, and whoever is to have its name is in conflict \
            with it, until somebody adopts or drops it.

            Nothing is done without --approve and the hash that was shown; it is planned again, and refused if the world has \
            moved. Changes nothing on targets whose mode is plan. What is done is kept and told as a run of apply is.

            Exit code 0 means let go, or nothing to let go, 2 that something could be, 4 that something cannot be, failed \
            or has moved.

            Examples:
              sso-sync release --target orders ada.lovelace
              sso-sync release --target orders ada.lovelace --approve 9f86d081884c7d65…
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var marking: MarkingOptions

    @Argument(help: "The accounts, by their names on the server.")
    var accounts: [String]

    func run() async throws {
        throw try await marking.run(common) { _ in .release(Set(accounts.map { AccountName($0) })) }
    }
}
