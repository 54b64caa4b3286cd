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

            Whoever has left is locked first, by apply: until then such an account is not let go, so the directory is read. \
            If it is gone for good, --without-directory does without. Then nobody knows who has left: an account is let go, too, \
            that somebody who has left can still log in to. The directory's id stands in the accounts' markers, and is said if \
            another one is given.

            Exit code 0 means let go, or nothing to let go, 2 that something could be, 4 that something cannot be, failed \
            or has moved.

            Examples:
              sso-sync release --target orders ada.lovelace
              sso-sync release --target orders ada.lovelace --approve 9f86d081884c7d65…
              sso-sync release --target orders --without-directory d-1234567890 ada.lovelace
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var marking: MarkingOptions

    @Argument(help: "The accounts, by their names on the server.")
    var accounts: [String]

    @Option(
        name: .customLong("without-directory"),
        help: ArgumentHelp(
            """
            If the directory cannot be read, let go of accounts of the one with this id all the same, also of those that \
            somebody who has left can still log in to.
            """,
            valueName: "id"
        )
    )
    var withoutDirectory: String?

    mutating func validate() throws {
        guard withoutDirectory?.isEmpty != true else {
            throw ValidationError("--without-directory takes the id of a directory, such as d-1234567890.")
        }
    }

    func run() async throws {
        throw try await marking.run(common) { _ in
            .release(Set(accounts.map { AccountName($0) }), withoutDirectory: withoutDirectory.map { DirectoryId($0) })
        }
    }
}
