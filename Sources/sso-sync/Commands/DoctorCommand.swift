// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Checks everything that a run needs.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything that a run needs, and say how to mend what is missing. Changes nothing.",
        discussion: """
            Looks at the AWS credentials and the clock, reads the directory, logs in to every target and its readers, and \
            compares the provisioner's rights with what it needs. Takes no lock and gets in nobody's way.

            Exit code 0 means that nothing keeps runs from working, 69 that the directory cannot be read, 4 that something \
            else has to be mended.

            Examples:
              sso-sync doctor
              sso-sync doctor --target orders
              sso-sync doctor --json
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(
        help: ArgumentHelp("Look at this target only. May be given several times.", valueName: "name")
    )
    var target: [String] = []

    @Flag(help: "Write the checks as JSON.")
    var json = false

    func run() async throws {
        let logger = common.makeLogger()
        let configuration = try await common.configuration().discovering(
            target,
            aws: common.aws,
            environment: common.environment
        )
        let assembly = try Assembly(
            configuration,
            aws: common.aws,
            environment: common.environment,
            documents: common.documents,
            targets: try target.isEmpty ? nil : configuration.names(of: target),
            logger: logger
        )
        let diagnosis = await Doctor(assembly, logger: logger).examine()
        StandardOutput.write(json ? diagnosis.json + "\n" : DiagnosisRenderer(style: common.style).text(diagnosis))
        throw ExitCode(diagnosis.exitCode)
    }
}
