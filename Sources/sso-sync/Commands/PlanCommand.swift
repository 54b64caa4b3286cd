// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Shows what would happen.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what would be done on the targets, and why. Changes nothing.",
        discussion: """
            Reads the directory and the targets' accounts, and shows per target who loses what, who gains what, what is \
            in conflict, and what the brake says. Takes no lock and gets in nobody's way.

            Exit code 0 means in sync, 2 changes pending, 3 that the brake tripped.

            Examples:
              sso-sync plan
              sso-sync plan --target orders --format sql
              sso-sync plan --ring 1
              sso-sync plan --person 9067f1a2-41d0 --person ada.lovelace
              sso-sync plan --group Analytics --format json
              sso-sync plan --name-blockers
              sso-sync plan --out plan.json
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: RunOptions

    @Option(
        help: ArgumentHelp("Save the plan, to be approved and applied with apply --plan.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var out: String?

    func run() async throws {
        let configured = try common.configuration()
        let logger = common.makeLogger()
        let names = try scope.names(in: configured)
        let configuration = try await configured.discovering(
            names,
            aws: common.aws,
            environment: common.environment
        )
        let assembly = try Assembly(
            configuration,
            aws: common.aws,
            environment: common.environment,
            documents: common.documents,
            targets: try names.isEmpty ? nil : configuration.names(of: names),
            namesBlockers: output.namesBlockers,
            logger: logger
        )
        let request = try await scope.request(assembly, logger: logger)
        let progress = ProgressDisplay(
            targets: assembly.targets.count,
            showsLine: common.showsProgressLine,
            logger: logger
        )
        let report = await assembly.engine.plan(request, options: output.engineOptions(progress: progress))
        output.show(report, style: common.style)
        try save(report, configured, request)
        throw ExitCode(report.verdict.exitCode)
    }

    private func save(_ report: SyncReport, _ configuration: ConfigurationFile, _ request: ScopeRequest) throws {
        guard let out else { return }
        guard report.isFitForApproval else {
            StandardError.shared.write("sso-sync: no plan was saved, because the run failed\n")
            return
        }
        let file = PlanFile(
            report,
            configuration: configuration.fingerprint,
            scope: request,
            releasedRemovals: Set(output.allowRemovals),
            namesBlockers: output.namesBlockers
        )
        guard let file else { return }
        try file.write(to: out)
        let config = common.config.map { " --config \(ShellWord.quoted($0))" } ?? ""
        let message = """

            Saved to \(Printable.escaped(out)), good until \(file.expiresAt). To apply exactly this:
              sso-sync apply\(config) --plan \(ShellWord.quoted(out)) --approve \(file.approvalHash)

            """
        if output.format == .text { StandardOutput.write(message) } else { StandardError.shared.write(message) }
    }
}
