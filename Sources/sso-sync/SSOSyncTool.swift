// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration

/// The program.
@main
struct SSOSyncTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sso-sync",
        abstract: "Database access that follows your directory.",
        discussion: """
            People are put into groups; sso-sync makes the matching accounts exist in your databases, with IAM login \
            and the right roles, and takes them away again when the membership ends.

            A first run:
              sso-sync config check             is the configuration right?
              sso-sync bootstrap orders         what the provisioner needs on the server
              sso-sync doctor                   is everything there that a run needs?
              sso-sync plan                     what would happen, and why
              sso-sync apply                    makes it so
              sso-sync serve                    goes on making it so

            Exit codes, the first that applies:
              78 configuration   69 directory unavailable   4 partial failure
              3 the brake tripped   5 another writer holds the lock
              2 something is left to do   0 in sync or applied
              64 usage   70 internal error

            2 is what a plan with steps comes to, and an apply that leaves some: on a target whose mode is plan or \
            joins, whose ring the rollout has not reached, or which is stopped, or while a freeze holds.

            Shell completions:
              sso-sync --generate-completion-script bash > /etc/bash_completion.d/sso-sync
              (likewise zsh and fish)
            """,
        version: "sso-sync \(ToolVersion.current)",
        subcommands: [
            PlanCommand.self, ApplyCommand.self, ServeCommand.self, AdoptCommand.self, ReleaseCommand.self,
            ConnectCommand.self, TokenCommand.self, BootstrapCommand.self,
            SnapshotCommand.self, FleetCommand.self, DoctorCommand.self, ConfigCommand.self,
        ]
    )

    static func main() async {
        do {
            try await Interruption.handled {
                var command = try parseAsRoot()
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
            }
        } catch {
            Failure.exit(error)
        }
    }
}
