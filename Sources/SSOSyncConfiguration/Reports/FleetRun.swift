// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What came of one run of a hub, target by target, by the report that it has left and those that name it.
public struct FleetRun: Hashable, Sendable, Encodable {
    /// A target that has reported the run, or has been brought in step with a later reading.
    public struct Target: Hashable, Sendable, Encodable, FleetPlace {
        /// Where its reports are below the prefix, such as `shop/`: nothing for the prefix itself.
        public let folder: String
        /// The target.
        public let target: TargetName
        /// The deployment.
        public let owner: DeploymentOwner
        /// Where its server is; nil if no report of it says.
        public let server: String?
        /// When the spoke's run began.
        public let lastRun: Timestamp
        /// What it came to.
        public let verdict: String
        /// Operations that were done in it.
        public let changes: Int
        /// Whether it did not come of this run of the hub, but of a later one, and went well for everyone.
        public let isOfLater: Bool
    }

    /// The hub's run.
    public let run: HubRunId
    /// When it began; nil if its report is not there.
    public let startedAt: Timestamp?
    /// Whom it has read: `everyone`, `groups` or `people`.
    public let scope: String?
    /// What it came to at the hub; nil if its report is not there.
    public let hubVerdict: String?
    /// Why it could not read, or not send everything; nil if it could.
    public let hubFailure: String?
    /// The targets, ascending by folder and name, then by deployment, and by where they are.
    public let targets: [Target]
    /// Targets that the run was for, and that have not reported it so far, ascending; of a name as many as are missing.
    ///
    /// Nil if the hub's report is not there, or of a version before, so that nobody knows.
    public let missing: [TargetName]?
    /// Keys of what could not be read.
    public let unreadable: [String]

    init(_ tally: FleetRunTally) {
        let hub = tally.hub
        run = tally.run
        (startedAt, scope) = (hub?.startedAt, hub?.scope)
        (hubVerdict, hubFailure) = (hub?.verdict, hub?.sourceFailure?.message)
        unreadable = tally.unreadable.sorted()
        var awaited = Awaited(hub?.awaited ?? [])
        targets = tally.targets.sorted { $0.key < $1.key }.compactMap { identity, course in
            guard let (end, isOfLater) = course.end(of: hub?.directoryAsOf) else { return nil }
            let isAwaited = awaited.take(identity)
            guard isAwaited || !isOfLater else { return nil }
            return Target(
                folder: identity.origin.folder,
                target: identity.target,
                owner: identity.origin.owner,
                server: identity.server,
                lastRun: end.startedAt,
                verdict: end.verdict,
                changes: end.changes,
                isOfLater: isOfLater
            )
        }
        missing = hub?.awaited == nil ? nil : awaited.names.sorted()
    }

    /// What it comes to: the gravest of what it came to at the hub and on the targets, of which none may be missing.
    public var verdict: Verdict {
        guard let hubVerdict else { return .sourceUnavailable }
        var verdicts = ([hubVerdict] + targets.map(\.verdict)).map(Verdict.init(ofReport:))
        if missing?.isEmpty == false { verdicts.append(.changesPending) }
        if !unreadable.isEmpty || missing == nil { verdicts.append(.partialFailure) }
        return verdicts.min() ?? .inSync
    }
}

/// Targets that spokes are to report on, which know more of them than the hub does.
private struct Awaited {
    private(set) var names: [TargetName]
    /// Those of which one entry of a configuration has led to several.
    private var families: Set<FleetTally.Identity> = []

    init(_ names: [TargetName]) { self.names = names }

    /// Takes a target off the list; false if it is not on it.
    mutating func take(_ identity: FleetTally.Identity) -> Bool {
        let name = identity.target.configured
        if name != identity.target {
            let family = FleetTally.Identity(identity.origin, name, server: nil)
            guard families.insert(family).inserted else { return true }
        }
        guard let index = names.firstIndex(of: name) else { return false }
        names.remove(at: index)
        return true
    }
}
