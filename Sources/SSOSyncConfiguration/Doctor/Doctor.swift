// SPDX-License-Identifier: Apache-2.0

public import Logging
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncCore

/// Looks at everything that a run needs, and says how to mend what is missing.
///
/// Changes nothing and takes no lock, so it gets in nobody's way.
public struct Doctor: Sendable {
    static let directory = "directory"
    static let credentials = "credentials"
    static let notifiers = "notifiers"

    private let assembly: Assembly
    private let logger: Logger

    /// A doctor for a deployment.
    ///
    /// - Parameters:
    ///   - assembly: The parts of a run, of which the targets are those to look at.
    ///   - logger: Where it logs.
    public init(_ assembly: Assembly, logger: Logger) {
        self.assembly = assembly
        self.logger = logger
    }

    /// Looks at everything at the same time.
    public func examine() async -> Diagnosis {
        async let caller = caller()
        async let reading = read()
        async let trail = trail()
        async let told = notifiers()
        async let servers = assembly.targets.concurrently { target in
            await (target.provisioner as? any HealthExamining)?.healthChecks(for: target.policy) ?? []
        }
        let (directory, checks) = await reading
        let plans = await plan(directory)
        var targets: [Diagnosis.Part] = []
        for (target, result) in await servers {
            let ofServer = (try? result.get()) ?? []
            let ofPlan = PlanCheck(plans[target.policy.target], ofServer).checks
            let name = target.policy.target
            targets.append(Diagnosis.Part(name: "target \(name)", target: name, checks: ofServer + ofPlan))
        }
        let ofDirectory = checks + (await trail)
        return Diagnosis(
            parts: await caller + [Diagnosis.Part(name: Self.directory, target: nil, checks: ofDirectory)]
                + (await told) + targets.sorted { ($0.target ?? "") < ($1.target ?? "") }
        )
    }

    private func caller() async -> [Diagnosis.Part] {
        guard let aws = assembly.aws else { return [] }
        let checks = await CallerCheck(aws, regions: assembly.regions).checks()
        return [Diagnosis.Part(name: Self.credentials, target: nil, checks: checks)]
    }

    private func read() async -> (Directory?, [HealthCheck]) {
        do {
            let directory = try await assembly.source.directory(assembly.everyone)
            let policies = assembly.targets.map(\.policy)
            let checks = DirectoryCheck(directory, policies, maximumAge: assembly.maximumAge).checks
            let cost = (assembly.source as? IdentityCenterSource)?.cost
            return (directory, checks + (cost.map { [QuotaCheck($0).check] } ?? []))
        } catch let error as SyncError {
            return (nil, [HealthCheck("reading", failedBy: error)])
        } catch {
            return (nil, [HealthCheck("reading", .failed, "\(error)")])
        }
    }

    /// Only IAM Identity Center's events need one.
    private func trail() async -> [HealthCheck] {
        guard let source = assembly.source as? IdentityCenterSource else { return [] }
        return [await TrailCheck(source: source, retryPolicy: assembly.aws?.retryPolicy).check()]
    }

    private func notifiers() async -> [Diagnosis.Part] {
        let results = await assembly.notifierChecks.concurrently { await $0.check() }
        let checks = results.compactMap { try? $0.result.get() }
        return checks.isEmpty ? [] : [Diagnosis.Part(name: Self.notifiers, target: nil, checks: checks)]
    }

    /// What a run would do on the targets, by name; nothing without a directory.
    private func plan(_ directory: Directory?) async -> [TargetName: TargetReport] {
        guard let directory else { return [:] }
        let engine = SyncEngine(source: ReadDirectory(directory: directory), targets: assembly.targets, logger: logger)
        let reports = await engine.plan().targets
        return Dictionary(reports.map { ($0.target, $0) }) { first, _ in first }
    }
}

/// A directory that was read already, so that it is read once for all that is looked at.
private struct ReadDirectory: IdentitySource {
    let directory: Directory

    func directory(_ request: DirectoryRequest) async throws -> Directory { directory }
}
