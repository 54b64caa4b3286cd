// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Shows what the runs of a fleet have come to.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Show what the last runs came to, target by target, by the reports that they have left in S3.",
        discussion: """
            Reads the reports that runs keep where the configuration says so under reports: those of all functions that keep \
            them under one prefix, or each in a folder of its own there. Asks neither the directory nor a database. Targets \
            of one name are told apart by the folder, the deployment and where they are.

            The exit code is that of the gravest of what the last runs came to: 0 in sync, 2 changes pending, or \
            everything is frozen, 3 the brake tripped, 4 that something failed, or that a target has had no good full run in \
            that time, 69 that there are no reports, or that the directory could not be read.

            Examples:
              sso-sync fleet s3://example-reports/prod/
              sso-sync fleet s3://example-reports/prod/ --date 2026-11-27 --json
            """
    )

    @OptionGroup var common: CommonOptions

    @Argument(help: "The prefix that reports are kept under, as s3://bucket/prefix/.")
    var place: String

    @Option(help: ArgumentHelp("The runs of this day, in UTC (default: yesterday's and today's).", valueName: "day"))
    var date: String?

    @Option(help: ArgumentHelp("The bucket's Region (default: $AWS_REGION).", valueName: "name"))
    var region: String?

    @Flag(help: "Print JSON.")
    var json = false

    mutating func validate() throws {
        guard let date else { return }
        guard date.count == 10, Timestamp("\(date)T00:00:00Z") != nil else {
            throw ValidationError("--date takes a day such as 2026-11-27.")
        }
    }

    func run() async throws {
        let now = Timestamp.now
        let days =
            date.map { [$0] } ?? [now.advanced(bySeconds: -86_400), now].map { String($0.description.prefix(10)) }
        let summary = try await FleetReports(place, region: region, aws: common.aws).summary(of: days)
        StandardOutput.write(json ? summary.json : summary.text)
        throw ExitCode(summary.verdict.exitCode)
    }
}
