// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Makes the targets follow the directory.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Plan and apply, or apply exactly a plan that was approved.",
        discussion: """
            Plans under each target's lock and carries the plan out: access is taken first and given last. Changes \
            nothing on targets whose mode is plan, or whose ring the rollout has not reached, and removes nothing on those \
            whose mode is joins.

            With --plan and --approve the plan is made again, and applied only if it is the one that was approved; \
            whom it is for comes from the file.

            Exit code 0 means applied, 2 that something is left to do: on a target whose mode is plan or joins, whose ring \
            the rollout has not reached, or which is stopped, while a freeze holds, or for the next run, as the plan says. \
            3 means that the brake tripped (joins and grants went on), 4 that something failed, or that a target asks for \
            another plan now than the approved one, 5 that another writer holds a target's lock, 69 that the directory \
            cannot be read.

            Examples:
              sso-sync apply
              sso-sync apply --target orders --wait 60
              sso-sync apply --ring 0
              sso-sync apply --plan plan.json --approve 9f86d081884c7d65…
              sso-sync apply --allow-removals 3a7bd3e2360a3d29
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: RunOptions

    @Option(
        help: ArgumentHelp("Apply exactly the plan in this file.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var plan: String?

    @Option(help: ArgumentHelp("The hash that approves the plan in the file.", valueName: "hash"))
    var approve: String?

    @Option(help: ArgumentHelp("How long to wait for another writer of a target.", valueName: "seconds"))
    var wait = 0

    mutating func validate() throws {
        guard (plan == nil) == (approve == nil) else { throw ValidationError("--plan and --approve belong together.") }
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait takes 0 to 86400 seconds.") }
        if let approve, approve.count != 64 || !approve.utf8.allSatisfy(\.isHexadecimalDigit) {
            throw ValidationError("--approve takes the 64 hexadecimal digits that plan --out printed.")
        }
        guard plan == nil || !(scope.isLimited || output.namesBlockers || !output.allowRemovals.isEmpty) else {
            throw ValidationError("With --plan, whom and what to apply comes from the file.")
        }
    }

    func run() async throws {
        let configured = try common.configuration()
        let logger = common.makeLogger()
        let approved = try approvedPlan(configured)
        let names = try approved?.approvedPlans.keys.map(\.rawValue) ?? scope.names(in: configured)
        let found = try await configured.discovering(names, aws: common.aws, environment: common.environment)
        let configuration = approved == nil ? found : found.keeping(names)
        let assembly = try Assembly(
            configuration,
            aws: common.aws,
            environment: common.environment,
            documents: common.documents,
            targets: try approved == nil && names.isEmpty ? nil : configuration.names(of: names),
            namesBlockers: approved?.namesBlockers ?? output.namesBlockers,
            logger: logger
        )
        let request: ScopeRequest
        if let approved {
            request = approved.scopeRequest
        } else {
            request = try await scope.request(assembly, logger: logger)
        }
        let progress = ProgressDisplay(
            targets: assembly.targets.count,
            showsLine: common.showsProgressLine,
            logger: logger
        )
        var options = output.engineOptions(progress: progress)
        options.lockWait = wait
        options.approvedPlans = approved?.approvedPlans
        options.releasedRemovals.formUnion(approved?.releasedRemovals ?? [])
        let report = await assembly.engine.apply(request, options: options)
        output.show(report, style: common.style)
        throw ExitCode(report.verdict.exitCode)
    }

    private func approvedPlan(_ configuration: ConfigurationFile) throws -> PlanFile? {
        guard let plan, let approve else { return nil }
        return try PlanFile(path: plan, approvalHash: approve, configuration: configuration.fingerprint)
    }
}
