// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import SSOSyncConfiguration
import SSOSyncFunction
import SSOSyncLambdaRuntime
import ServiceLifecycle
import UnixSignals

/// Stays, and makes the targets follow the directory.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Stay up: full runs on an interval, and events from a queue between them.",
        discussion: """
            Makes a full run at once and then one each interval, as apply does without options. With a queue, whom an event \
            concerns is read as soon as it comes, and once more two minutes later; full runs repair what no event told of.

            Nothing that fails in a run ends it: the log, notifiers and the health file say so. It ends at SIGTERM and SIGINT: \
            the run under way stops where nothing is half done, locks are let go, and messages that are not done with are \
            given back. The second signal ends it at once.

            Exit code 0 means that it was asked to end; 78 that the configuration is wrong, 64 an option.

            Examples:
              sso-sync serve
              sso-sync serve --interval 1h --queue-url https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync
              sso-sync serve --log-format json --health-file /run/sso-sync/health.json
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(
        help: ArgumentHelp(
            "From the beginning of a full run to that of the next: 30s, 15m, 1h or 1d, from 1s to 1d.",
            valueName: "time"
        )
    )
    var interval = Interval.standard

    @Option(
        name: .customLong("queue-url"),
        help: ArgumentHelp("The SQS queue that events come from, a standard one.", valueName: "address")
    )
    var queueURL: String?

    @Option(
        name: .customLong("health-file"),
        help: ArgumentHelp("A file that says how the last run went, rewritten after each run.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var healthFile: String?

    @Flag(
        name: .customLong("embedded-metrics"),
        help: "Write what is counted to standard output, in CloudWatch's embedded metric format."
    )
    var writesMetrics = false

    mutating func validate() throws {
        // While one message of a FIFO queue's group is held back, all others of that group wait.
        guard queueURL?.hasSuffix(".fifo") != true else {
            throw ValidationError("The queue of --queue-url is a FIFO queue; events need a standard one.")
        }
    }

    func run() async throws {
        let configured = try common.configuration()
        let logger = common.makeLogger()
        var options = SyncService.Options()
        options.interval = interval.duration
        options.queue = try queueURL.map { try EventQueue($0, aws: common.aws) }
        if case .snapshot = configured.directory, queueURL != nil {
            throw UsageError(
                "An event has the directory read, and a snapshot says nothing new then: leave --queue-url out, so that each "
                    + "full run reads the snapshot that is there"
            )
        }
        let parts = try await parts(configured, logger)
        if configured.targets.contains(where: { if case .tagged = $0.location { true } else { false } }) {
            options.renewal = { former throws(ConfigurationError) in
                try await self.parts(configured, after: former, logger)
            }
        }
        options.health = try healthFile.map { try HealthFile(path: $0) }
        if writesMetrics { options.writeMetrics = SSOSyncLambdaRuntime.StandardOutput.print }
        let service = SyncService(parts, options: options, logger: logger)
        try await ServiceGroup(
            services: [Process(service: service)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        ).run()
    }

    private func parts(
        _ configured: ConfigurationFile,
        after former: Assembly? = nil,
        _ logger: Logger
    ) async throws(ConfigurationError) -> SyncService.Parts {
        let configuration = try await configured.discovering(aws: common.aws, environment: common.environment)
        let assembly = try Assembly(
            configuration,
            aws: common.aws,
            environment: common.environment,
            documents: common.documents,
            after: former,
            reportsMadeBy: .serve,
            logger: logger
        )
        return (configuration, assembly)
    }

    /// The service, until the process is asked to end.
    private struct Process: Service {
        let service: SyncService

        func run() async throws {
            // From here on the group hears the signals.
            Interruption.leaveFirst()
            await cancelWhenGracefulShutdown { await service.run() }
        }
    }
}
