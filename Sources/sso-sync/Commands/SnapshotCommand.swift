// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration

/// Hands the directory on, signed.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Write the directory for the configured groups, signed, for runs elsewhere to read.",
        discussion: """
            Reads all groups that are mapped on any of the targets, and writes who is in them: ids, account names, and who \
            is disabled. Runs whose directory is a snapshot verify it with the public key, and refuse one that is altered, \
            too old, or older than the last they saw. Asks no database.

            Of several who write to one place, each gets a number of its own. Exit code 69 means that the directory could \
            not be read, 5 that a snapshot of a later reading is there already, 4 that it could not be written.

            Examples:
              sso-sync snapshot --out s3://example-snapshots/prod.json --key alias/sso-sync
              sso-sync snapshot --out s3://example-snapshots/prod.json --key alias/sso-sync --region eu-west-1
              openssl ecparam -name prime256v1 -genkey -noout -out key.pem
              sso-sync snapshot --out snapshot.json --key-file key.pem
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Where to: a file, or s3://bucket/key.", valueName: "place"), completion: .file())
    var out: String

    @Option(
        help: ArgumentHelp(
            "The KMS key to sign with: its ARN or id, or an alias; ECC_NIST_P256 or RSA, for SIGN_VERIFY.",
            valueName: "key"
        )
    )
    var key: String?

    @Option(
        name: .customLong("key-file"),
        help: ArgumentHelp("A file with the private key to sign with, in PEM, instead of KMS.", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    var keyFile: String?

    @Option(help: ArgumentHelp("The bucket's and the key's Region (default: $AWS_REGION).", valueName: "name"))
    var region: String?

    mutating func validate() throws {
        guard (key == nil) != (keyFile == nil) else { throw ValidationError("Give one of --key and --key-file.") }
        guard !out.isEmpty else { throw ValidationError("--out takes a file, or s3://bucket/key.") }
    }

    func run() async throws {
        let configuration = try common.configuration()
        let job = try SnapshotJob(
            configuration,
            to: out,
            key: key.map { .kms($0) } ?? .file(path: keyFile ?? ""),
            region: region,
            aws: common.aws,
            environment: common.environment,
            documents: common.documents,
            logger: common.makeLogger()
        )
        StandardOutput.write(try await job.run())
    }
}
