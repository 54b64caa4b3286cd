// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import Synchronization

/// Asks RDS where targets are that are looked up, before one is worked on that is given by its host and may be one of them.
///
/// So it makes no difference which of the two has its turn first, or whether a run is about both. One that RDS says nothing of keeps
/// nobody waiting for long, and then nobody from being worked on: its own target fails by that.
final class SharedServerSearch: Sendable {
    /// How long RDS may take for all of them together.
    private static let patience: Duration = .seconds(10)
    /// How many are looked up at a time.
    private static let width = 8

    /// What is looked for.
    private struct Parts {
        /// The Regions of the hosts.
        var regions: Set<String> = []
        var lookUps: [(lookUp: TargetLookUp, region: String)] = []
    }

    let shared: SharedServers
    private let logger: Logger
    private let parts = Mutex(Parts())
    /// What a run waits for, once for all of its targets.
    private let underWay = Mutex<(runId: String, task: Task<Void, Never>)?>(nil)

    init(for shared: SharedServers, logger: Logger) { (self.shared, self.logger) = (shared, logger) }

    /// Whether there is any host that RDS may know.
    var isNeeded: Bool { parts.withLock { !$0.regions.isEmpty } }

    /// Adds hosts by which a target is given.
    func add(_ hosts: [RDSHostName]) { parts.withLock { $0.regions.formUnion(hosts.map(\.region)) } }

    /// Adds a target that is looked up in a Region: it is asked for if any of the hosts is there.
    func add(_ lookUp: TargetLookUp, in region: String) { parts.withLock { $0.lookUps.append((lookUp, region)) } }

    /// Why a target that is given by its hosts is not worked on; nil if RDS says of no other one that it is there.
    ///
    /// - Throws: `CancellationError` if the task was cancelled.
    func conflict(
        of target: TargetConfiguration,
        run runId: String,
        until deadline: ContinuousClock.Instant
    ) async throws -> SyncError? {
        if let known = shared.conflict(ofGiven: target) { return known }
        guard !target.hostsInRDS.isEmpty else { return nil }
        try await wait(run: runId, until: deadline)
        return shared.conflict(ofGiven: target)
    }

    private func wait(run runId: String, until deadline: ContinuousClock.Instant) async throws {
        let task = underWay.withLock { underWay in
            if let underWay, underWay.runId == runId { return underWay.task }
            let task = Task { await askAll() }
            underWay = (runId, task)
            return task
        }
        // Whoever is cancelled goes on alone: others wait for the same.
        let late = SyncError(.timeout, "RDS is still being asked")
        let end = min(deadline, .now + Self.patience)
        do { try await withDeadline(end, orThrow: late) { await task.value } } catch is SyncError {}
    }

    private func askAll() async {
        let end = ContinuousClock.now + Self.patience
        let silent = await withTaskGroup(of: (name: TargetName, error: any Error)?.self) { group in
            var waiting = parts.withLock { parts in
                parts.lookUps.filter { parts.regions.contains($0.region) }.map(\.lookUp)
            }.makeIterator()
            var silent: [(name: TargetName, error: any Error)] = []
            var places = Self.width
            while let next = waiting.next() {
                if places > 0 { places -= 1 } else if let one = await group.next(), let one { silent.append(one) }
                group.addTask { await self.ask(next, until: end) }
            }
            for await one in group { if let one { silent.append(one) } }
            return silent
        }
        guard let first = silent.first else { return }
        logger.warning(
            "whether targets that are given by a host are other ones, too, is not known for all: \(first.error)",
            metadata: ["others": "\(silent.map(\.name.rawValue).sorted().joined(separator: " "))"]
        )
    }

    /// - Returns: What kept RDS from saying where a target is.
    private func ask(
        _ lookUp: TargetLookUp,
        until end: ContinuousClock.Instant
    ) async -> (name: TargetName, error: any Error)? {
        do {
            let late = SyncError(.timeout, "RDS has not said so in time")
            guard ContinuousClock.now < end else { throw late }
            try await withDeadline(end, orThrow: late) { try await lookUp.tellOthers(deadline: end) }
            return nil
        } catch {
            if ContinuousClock.now >= end { shared.noteSilence(about: lookUp.targetName) }
            return (lookUp.targetName, error)
        }
    }
}

extension TargetConfiguration {
    /// The hosts that it is given by, as far as their names are RDS's; others are names of one's own, which RDS does not know.
    var hostsInRDS: [RDSHostName] {
        guard case .server(let server) = location else { return [] }
        return server.plainEndpoints.compactMap { RDSHostName($0.host) }
    }
}
