// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Checks and describes the configuration.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check the configuration, print its schema, or make one of the AWS sample's.",
        discussion: """
            Examples:
              sso-sync config check
              sso-sync config schema > sso-sync.schema.json
              sso-sync config from-sample cdk.json > sso-sync.yaml
            """,
        subcommands: [Check.self, Schema.self, FromSample.self]
    )

    /// Checks the configuration and the files that it names.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the configuration, the files that it names, and the directory. Asks no database.",
            discussion: """
                Everything that is the matter is told at once, with file, line, key, and what was expected. Exit code 78 \
                means that the configuration is wrong, 69 that the directory cannot be read or lacks a group. Groups that are \
                not pinned are named with the ids to pin.

                Examples:
                  sso-sync config check
                  sso-sync config check --config staging.yaml
                """
        )

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            let assembly = try Assembly(
                configuration,
                aws: common.aws,
                environment: common.environment,
                documents: common.documents,
                logger: common.makeLogger()
            )
            let directory = try await assembly.source.directory(assembly.everyone)
            let modes = assembly.targets.map { target in
                let hold = target.policy.hold.map { ". \($0.sentence)" } ?? ""
                return "  \(target.policy.target): mode \(target.policy.mode.rawValue)\(hold)\n"
            }
            .joined()
            StandardOutput.write(
                "\(Printable.escaped(configuration.path)) is good. Deployment \(configuration.owner), directory "
                    + "\(directory.id) with \(directory.people.count) people.\n" + modes
            )
            guard let pins = UnpinnedGroups(assembly.targets.map(\.policy), in: directory).text() else { return }
            StandardOutput.write(pins + "\n")
        }
    }

    /// Prints the schema.
    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the JSON Schema of the configuration, for editors and for checks in pull requests.",
            discussion: """
                Examples:
                  sso-sync config schema > sso-sync.schema.json
                and then, in the first line of sso-sync.yaml:
                  # yaml-language-server: $schema=sso-sync.schema.json
                """
        )

        func run() { StandardOutput.write(ConfigurationSchema.text + "\n") }
    }

    /// Makes a configuration of what the sample is configured with.
    struct FromSample: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "from-sample",
            abstract: "Print a configuration that does what aws-samples/sso-sync-to-amazon-rds was configured to do.",
            discussion: """
                Asks nobody. What the sample's file does not say stands in comments, for you to decide; the target's mode is \
                plan. The accounts that the sample has made are adopted with sso-sync adopt --table.

                Examples:
                  sso-sync config from-sample cdk.json > sso-sync.yaml
                  sso-sync config from-sample cdk.json --stage prod > sso-sync.yaml
                """
        )

        @Argument(help: "The sample's cdk.json.", completion: .file(extensions: ["json"]))
        var file = "cdk.json"

        @Option(help: ArgumentHelp("The block of its context, as in CDK_ENV.", valueName: "name"))
        var stage = "dev"

        func run() throws {
            let sample = try SampleConfiguration(path: file, stage: stage, documents: DocumentReader())
            StandardOutput.write(sample.text)
        }
    }
}
