// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// What adopt and release have in common: they show what they would do, and do it once that was approved.
struct MarkingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this target; may be given several times.", valueName: "name"))
    var target: [String] = []

    @Option(help: ArgumentHelp("Do exactly what was shown with this hash.", valueName: "hash"))
    var approve: String?

    @Option(help: ArgumentHelp("How long to wait for another writer of a target.", valueName: "seconds"))
    var wait = 0

    @Option(help: "How it is shown on standard output.")
    var format = OutputFormat.text

    mutating func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait takes 0 to 86400 seconds.") }
        if let approve, approve.count != 64 || !approve.utf8.allSatisfy(\.isHexadecimalDigit) {
            throw ValidationError("--approve takes the 64 hexadecimal digits that were shown without it.")
        }
    }

    /// Shows what a request comes to or, if that was approved, does it.
    ///
    /// - Parameter request: Finds out what is asked for, once the parts of a run are there.
    /// - Returns: The process's exit code.
    func run(_ common: CommonOptions, _ request: (Assembly) async throws -> MarkingRequest) async throws -> ExitCode {
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
        let request = try await request(assembly)
        let progress = ProgressDisplay(
            targets: assembly.targets.count,
            showsLine: common.showsProgressLine,
            logger: logger
        )
        var options = SyncEngine.Options()
        options.lockWait = wait
        options.includesScripts = format == .sql
        options.progress = { progress.show($0) }
        let planned = await assembly.engine.plan(request, options: options)
        guard let approve else {
            format.show(planned, style: common.style)
            offer(planned)
            return Self.exitCode(planned)
        }
        guard !MarkingApproval.isDone(planned) else {
            format.show(planned, style: common.style)
            StandardError.shared.write("Nothing is left to do of it.\n")
            return Self.exitCode(planned)
        }
        do throws(SyncError) {
            options.approvedPlans = try MarkingApproval.check(approve, of: planned).plans
        } catch {
            format.show(planned, style: common.style)
            offer(planned)
            throw error
        }
        let done = await assembly.engine.apply(request, options: options)
        format.show(done, style: common.style)
        return Self.exitCode(done)
    }

    /// What was asked for and cannot be done is no success.
    private static func exitCode(_ report: SyncReport) -> ExitCode {
        let verdict = report.verdict
        let isRefused = report.targets.contains { !($0.plan?.content.conflicts ?? []).isEmpty }
        return ExitCode((verdict == .inSync && isRefused ? .partialFailure : verdict).exitCode)
    }

    private func offer(_ report: SyncReport) {
        guard let approval = MarkingApproval(report) else { return }
        let words = CommandLine.arguments.dropFirst()
        // What stands behind two dashes is no option.
        let (options, names) = (words.prefix { $0 != "--" }, words.drop { $0 != "--" })
        let approved = options.map(Self.quoted) + ["--approve", approval.hash] + names.map(Self.quoted)
        let message = "\nTo do exactly this:\n  sso-sync \(approved.joined(separator: " "))\n"
        if format == .text { StandardOutput.write(message) } else { StandardError.shared.write(message) }
    }

    /// With an option's dashes as they are.
    private static func quoted(_ word: String) -> String {
        let name = word.drop { $0 == "-" }
        return name.isEmpty && !word.isEmpty
            ? word : word.prefix { $0 == "-" } + ShellWord.quoted(String(name))
    }
}
