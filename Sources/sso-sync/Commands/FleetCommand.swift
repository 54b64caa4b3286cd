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

            Each report of that time is read, and none is kept: a time of two intervals of the schedule tells how the fleet is.

            The exit code is that of the gravest of what the last runs came to: 0 in sync, 2 changes pending, or \
            everything is frozen, 3 the brake tripped, 4 that something failed, or that a target has had no good full run in \
            that time, 69 that there are no reports, or that the directory could not be read.

            With --run it shows what came of one run of a hub: the targets that have reported it, those that have been brought in \
            step by a later reading instead, and those that have done neither yet. The id is in the hub's log and its report's key. The \
            exit code is 2 then while targets are missing, 4 also if the hub is of a version that does not say whom it has sent \
            to, and 69 if its report is not among those of that time.

            Examples:
              sso-sync fleet s3://example-reports/prod/
              sso-sync fleet s3://example-reports/prod/ --since 30m
              sso-sync fleet s3://example-reports/prod/ --date 2026-11-27 --json
              sso-sync fleet s3://example-reports/prod/ --run 0123456789abcdef
            """
    )

    @OptionGroup var common: CommonOptions

    @Argument(help: "The prefix that reports are kept under, as s3://bucket/prefix/.")
    var place: String

    @Option(
        help: ArgumentHelp(
            "The runs that began in this time up to now: 30s, 15m, 1h or 1d, from 1s to 1d (default: 1h).",
            valueName: "time"
        )
    )
    var since: Interval?

    @Option(help: ArgumentHelp("The runs of this day instead, in UTC.", valueName: "day"))
    var date: String?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Only what came of this run of the hub, by the reports of that time.", valueName: "id")
    )
    var hubRun: String?

    @Option(help: ArgumentHelp("The bucket's Region (default: $AWS_REGION).", valueName: "name"))
    var region: String?

    @Flag(help: "Print JSON.")
    var json = false

    mutating func validate() throws {
        if let hubRun, !HubRunId(hubRun).isWellFormed {
            throw ValidationError("--run takes the id of a run, such as 0123456789abcdef.")
        }
        guard let date else { return }
        guard since == nil else { throw ValidationError("Give --since or --date, not both.") }
        guard date.count == 10, Timestamp("\(date)T00:00:00Z") != nil else {
            throw ValidationError("--date takes a day such as 2026-11-27.")
        }
    }

    func run() async throws {
        let reports = try FleetReports(place, region: region, aws: common.aws)
        if let hubRun {
            let run = try await reports.run(HubRunId(hubRun), in: period)
            StandardOutput.write(json ? run.json : run.text)
            throw ExitCode(run.verdict.exitCode)
        }
        let summary = try await reports.summary(of: period)
        StandardOutput.write(json ? summary.json : summary.text)
        throw ExitCode(summary.verdict.exitCode)
    }

    private var period: FleetReports.Period {
        if let date { return FleetReports.Period(day: date) }
        let now = Timestamp.now
        return FleetReports.Period(
            from: now.advanced(bySeconds: -(since?.duration.components.seconds ?? 3_600)),
            until: now
        )
    }
}
