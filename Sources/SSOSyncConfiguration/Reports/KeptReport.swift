// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A report that a run has left, as far as a summary of many of them needs it.
struct KeptReport: Decodable {
    struct Target: Decodable {
        struct Outcome: Decodable {
            let kind: String
            let result: String

            /// Whether somebody is still to be let in, or to be granted something.
            var isDeferredAdmission: Bool { result == "deferred" && ["create", "restore", "grant"].contains(kind) }
        }
        struct Plan: Decodable {
            struct Content: Decodable {
                let withheld: [Withheld]
                let hold: Policy.Hold?
            }
            let content: Content
        }
        /// How many there are is of interest.
        struct Withheld: Decodable {}
        struct Failure: Decodable {
            let code: String
            let message: String
        }

        let target: TargetName
        let server: String?
        let verdict: String
        let plan: Plan?
        let outcomes: [Outcome]
        let leaversNotOut: [AccountName]?

        var changes: Int { outcomes.count { $0.result == "done" } }
        var isFrozen: Bool { plan?.content.hold == .everythingFrozen }
        /// Whether nothing failed, nobody was in the way, and nobody is still to be let in; where everything is frozen nobody who
        /// leaves is locked.
        var isGood: Bool {
            guard !isFrozen, !outcomes.contains(where: \.isDeferredAdmission) else { return false }
            return [Verdict.braked, .changesPending, .inSync].map(\.label).contains(verdict)
        }
    }

    private enum CodingKeys: CodingKey {
        case owner, madeBy, run, hubRuns, scope, startedAt, directoryAsOf, verdict, sourceFailure, targets, awaited
    }

    let owner: DeploymentOwner
    /// Nil in reports of before; those to come may say what nobody knows yet.
    let madeBy: String?
    let run: String
    /// A spoke's alone has them, as ``SyncReport/hubRuns``.
    let hubRuns: [HubRunId]?
    let scope: String
    let startedAt: Timestamp
    let directoryAsOf: Timestamp?
    let verdict: String
    let sourceFailure: Target.Failure?
    let targets: [Target]
    /// A hub's alone has them, as ``SyncReport/awaited``; none of before has.
    let awaited: [TargetName]?
    /// Where it is below the prefix, with a slash at the end: nothing if that is of several.
    var folder = ""

    var isFull: Bool { scope == "everyone" }

    /// Whether a hub has read and sent nothing because everything is frozen: it has no plans to say it in.
    var isFrozen: Bool { sourceFailure?.code == SyncError.Code.frozen.description }
    /// Whether there was no directory, or a hub could not send everything.
    var lacksDirectory: Bool { sourceFailure != nil && !isFrozen }

    /// Whether a hub has made it: of those that do not say, what nobody but a hub leaves, who has read and has no targets, or was
    /// frozen.
    var isHubs: Bool {
        guard let madeBy else { return targets.isEmpty && !lacksDirectory }
        return madeBy == ReportMaker.hub.rawValue
    }
}
