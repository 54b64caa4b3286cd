// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore
internal import Synchronization

/// Looks a target's server up in RDS, at most once for each run.
final class TargetLookUp: Sendable {
    private let target: TargetConfiguration
    private let name: RDSTargetName
    private let locator: RDSTargetLocator
    private let kept: KeptLookUps?
    private let shared: SharedServers
    private let last = Mutex<(runId: String, result: Result<Finding, SyncError>)?>(nil)

    /// The target's name.
    var targetName: TargetName { target.name }

    /// A server that was found.
    struct Finding {
        let server: TargetServer
        /// Whether an earlier run has found it.
        let isKept: Bool
    }

    /// - Parameters:
    ///   - target: The target.
    ///   - name: What it is called in RDS.
    ///   - locator: Who looks.
    ///   - kept: What earlier runs have found; nil to look in each.
    ///   - shared: Which servers other targets give.
    init(
        _ target: TargetConfiguration,
        name: RDSTargetName,
        locator: RDSTargetLocator,
        keeping kept: KeptLookUps? = nil,
        beside shared: SharedServers
    ) {
        (self.target, self.name, self.locator, self.kept, self.shared) = (target, name, locator, kept, shared)
    }

    /// The server, where people can log in by token, as an earlier run has found it or as this one does.
    ///
    /// - Parameters:
    ///   - runId: The run.
    ///   - deadline: When to give up each call.
    func server(run runId: String, deadline: ContinuousClock.Instant) async throws -> Finding {
        if let known = known(run: runId) { return try known.get() }
        if let server = kept?.server(of: target.name) {
            let finding = Finding(server: server, isKept: true)
            last.withLock { $0 = (runId, .success(finding)) }
            return finding
        }
        return Finding(server: try await newServer(run: runId, deadline: deadline), isKept: false)
    }

    /// The server as this run finds it.
    func newServer(run runId: String, deadline: ContinuousClock.Instant) async throws -> TargetServer {
        if let finding = try known(run: runId)?.get(), !finding.isKept { return finding.server }
        let result: Result<Finding, SyncError>
        do {
            let found = try await locator.locate(name, deadline: deadline)
            shared.note(found, of: target.name)
            let server = try server(for: found)
            try checkTakesWrites(server)
            if let conflict = shared.conflict(of: target.name, foundAt: server) { throw conflict }
            // Whatever is special about it may be over soon, and until then joins may have to wait.
            if server.isPlain { kept?.keep(server, of: target.name) } else { kept?.forget(target.name) }
            result = .success(Finding(server: server, isKept: false))
        } catch let error as SyncError {
            result = .failure(error)
        }
        last.withLock { last in
            // What an earlier run has found goes on leading to the server.
            if case .failure = result, case .success? = last?.result, last?.runId == runId { return }
            last = (runId, result)
        }
        return try result.get().server
    }

    /// Has targets that are given by a host know whether it leads to this one, unless RDS was asked not long ago.
    ///
    /// What a run does here depends on nothing of this: RDS is asked with less patience, and for less.
    ///
    /// - Parameter deadline: When to give up.
    /// - Throws: `SyncError` if RDS has not said all of it.
    func tellOthers(deadline: ContinuousClock.Instant) async throws {
        guard !shared.wasAsked(about: target.name) else { return }
        let found = try await locator.locate(name, deadline: deadline, asksForSides: false)
        shared.note(found, of: target.name)
        guard let unseen = found.unseen.first else { return }
        throw SyncError(.lookUp, unseen)
    }

    private func known(run runId: String) -> Result<Finding, SyncError>? {
        last.withLock { $0?.runId == runId ? $0?.result : nil }
    }

    /// Refuses what tags have led to as long as nobody can say that it is not the side that takes no writes.
    private func checkTakesWrites(_ server: TargetServer) throws(SyncError) {
        guard target.name.configured != target.name, let unclear = server.found?.unclearSides.first else { return }
        throw SyncError(
            .lookUp,
            "\(unclear). Tags have led to \(name), and without that nobody knows whether it takes writes: allow the call, or give "
                + "the target by its id"
        )
    }

    /// The server for a person who logs in by token: by calls that everybody may make who may log in.
    ///
    /// - Parameter hasReaders: Whether to find all readers, too, those in other Regions included, as far as the person may ask.
    func serverForPeople(withReaders hasReaders: Bool) async throws -> TargetServer {
        try server(for: try await locator.locate(name, asksForSides: hasReaders))
    }

    private func server(for found: RDSTarget) throws(SyncError) -> TargetServer {
        try found.requireIAMAuthentication()
        return try TargetServer(found, for: target)
    }

    /// The server, whether people can log in by token or not.
    func anyServer() async throws -> TargetServer { try TargetServer(await locator.locate(name), for: target) }
}
