// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A run as a JSON document.
public struct ReportView: Encodable, Sendable {
    struct Failure: Encodable {
        let code: String
        let message: String

        init(_ error: SyncError) {
            code = error.code.description
            message = error.message
        }
    }

    struct Outcome: Encodable {
        let operation: Operation
        let kind: String
        let result: String
        let failure: Failure?
        let reason: String?
        let sessionsEnded: Int

        init(_ outcome: OperationOutcome) {
            operation = outcome.operation
            kind = outcome.operation.label
            sessionsEnded = outcome.sessionsEnded
            switch outcome.result {
            case .done: (result, failure, reason) = ("done", nil, nil)
            case .failed(let error): (result, failure, reason) = ("failed", Failure(error), nil)
            case .skipped(let because): (result, failure, reason) = ("skipped", nil, because)
            case .deferred(let because): (result, failure, reason) = ("deferred", nil, because)
            }
        }
    }

    struct Target: Encodable {
        let target: TargetName
        let server: String?
        let verdict: String
        let plan: Plan?
        let planHash: String?
        let wasApplied: Bool
        let outcomes: [Outcome]
        let failure: Failure?
        let script: [String]?
        /// Nil instead of false.
        let isResting: Bool?
        /// Accounts of people who left that were locked a while ago, and are not out; nil for none.
        let leaversNotOut: [AccountName]?

        init(_ report: TargetReport, server: String?) {
            target = report.target
            self.server = server
            verdict = report.verdict.label
            plan = report.plan
            planHash = report.plan?.contentHash
            wasApplied = report.wasApplied
            outcomes = report.outcomes.map(Outcome.init)
            failure = report.failure.map(Failure.init)
            script = report.script
            isResting = report.isResting ? true : nil
            leaversNotOut = report.leaversNotOut.isEmpty ? nil : report.leaversNotOut
        }
    }

    private let version = 1
    private let owner: DeploymentOwner?
    private let madeBy: ReportMaker?
    private let run: String
    /// Nil for none, as in all reports but a spoke's.
    private let hubRuns: [HubRunId]?
    private let scope: String
    private let kind: SyncReport.Kind
    /// What was asked for by hand; nil for a run.
    private let marking: String?
    private let verdict: String
    private let startedAt: Timestamp
    private let finishedAt: Timestamp
    private let directoryAsOf: Timestamp?
    private let sourceFailure: Failure?
    private let targets: [Target]
    /// Nil in all reports but a hub's.
    private let awaited: [TargetName]?
    private let notifierFailures: [String]

    /// A run as JSON.
    ///
    /// - Parameters:
    ///   - report: The run.
    ///   - owner: Whose it is, for those who do not know; nil to leave it out.
    ///   - maker: Who has made it; nil to leave it out.
    ///   - server: Where a target's server is.
    public init(
        _ report: SyncReport,
        owner: DeploymentOwner? = nil,
        madeBy maker: ReportMaker? = nil,
        server: (TargetReport) -> String? = { $0.server }
    ) {
        self.owner = owner
        madeBy = maker
        run = report.runId
        hubRuns = report.hubRuns.isEmpty ? nil : report.hubRuns
        switch report.scope {
        case .everyone: scope = "everyone"
        case .people: scope = "people"
        case .groups: scope = "groups"
        }
        kind = report.kind
        marking = report.marking?.label
        verdict = report.verdict.label
        startedAt = report.startedAt
        finishedAt = report.finishedAt
        directoryAsOf = report.directoryAsOf
        sourceFailure = report.sourceFailure.map(Failure.init)
        targets = report.targets.map { Target($0, server: server($0)) }
        awaited = report.awaited
        notifierFailures = report.notifierFailures
    }

    /// One canonical JSON document, with a line break at its end.
    public var text: String { String(decoding: CanonicalJSON.bytes(self), as: UTF8.self) + "\n" }
}
