// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration

/// Checks and describes the configuration.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract:
            "Check the configuration, render it for the function, print its schema, or make one of the AWS sample's.",
        discussion: """
            Examples:
              sso-sync config check
              sso-sync config render > sso-sync.json
              sso-sync config schema > sso-sync.schema.json
              sso-sync config from-sample cdk.json > sso-sync.yaml
            """,
        subcommands: [Check.self, Render.self, Schema.self, FromSample.self]
    )

    /// Checks the configuration and the files that it names.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the configuration, the files that it names, and the directory. Asks no database.",
            discussion: """
                All that is wrong in the document is told at once, with the key and what was expected, and in YAML with the \
                line; once that is mended, what is wrong with the files, variables and Regions that it names; then what is \
                wrong with the directory. Exit code 78 means that the configuration is wrong, 69 that the directory cannot be \
                read or lacks a group. Groups that are not pinned are named with the ids to pin. A hub's configuration is \
                checked like any other; nothing is sent to its spokes.

                Examples:
                  sso-sync config check
                  sso-sync config check --config staging.yaml
                """
        )

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let check = try ConfigurationCheck(
                try common.configuration(),
                aws: common.aws,
                environment: common.environment,
                documents: common.documents,
                logger: common.makeLogger()
            )
            StandardOutput.write(try await check.run())
        }
    }

    /// Renders it for the function.
    struct Render: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Print the configuration as JSON, which the Lambda function takes, and its SHA-256 on standard error.",
            discussion: """
                Checks it as far as the document goes, and asks nobody. What is printed is the same configuration, without \
                comments; files that it names have to be in the function's zip. Its SHA-256 is what the function pins. A webhook's \
                address that stands in the document itself is refused, since it may be a secret: give urlFile. What the function \
                cannot do is told on standard error: find the store of IAM Identity Center (give identityStoreId), read \
                variables, of which the templates set none (give files), look for tags (give cluster or instance), keep a \
                targetMemory, and write files anywhere but below /tmp; and so is an owner that the templates do not take.

                Examples:
                  sso-sync config render > sso-sync.json
                  sso-sync config render --config staging.yaml > staging.json
                """
        )

        @OptionGroup var common: CommonOptions

        func run() throws {
            let rendered = try RenderedConfiguration(path: common.configurationPath(), documents: common.documents)
            StandardOutput.write(rendered.text)
            StandardError.shared.write("SHA-256 \(rendered.checksum)\n")
            for remark in rendered.remarks { StandardError.shared.write("\(remark)\n") }
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
