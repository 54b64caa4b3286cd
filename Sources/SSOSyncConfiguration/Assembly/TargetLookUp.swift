// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore
internal import Synchronization

/// Looks a target's server up in RDS, once for each run.
final class TargetLookUp: Sendable {
    private let target: TargetConfiguration
    private let name: RDSTargetName
    private let locator: RDSTargetLocator
    private let last = Mutex<(runId: String, result: Result<TargetServer, SyncError>)?>(nil)

    /// - Parameters:
    ///   - target: The target.
    ///   - name: What it is called in RDS.
    ///   - locator: Who looks.
    init(_ target: TargetConfiguration, name: RDSTargetName, locator: RDSTargetLocator) {
        (self.target, self.name, self.locator) = (target, name, locator)
    }

    /// The server, where people can log in by token.
    ///
    /// Sessions of one run are opened one after the other, so that nobody is looked up twice at the same time.
    ///
    /// - Parameters:
    ///   - runId: The run. In one run the answer is always the same, a failure too.
    ///   - deadline: When to give up each call.
    func server(run runId: String, deadline: ContinuousClock.Instant) async throws -> TargetServer {
        if let known = last.withLock({ $0?.runId == runId ? $0?.result : nil }) { return try known.get() }
        let result: Result<TargetServer, SyncError>
        do {
            let server = try self.server(for: try await locator.locate(name, deadline: deadline))
            try checkTakesWrites(server)
            result = .success(server)
        } catch let error as SyncError {
            result = .failure(error)
        }
        last.withLock { $0 = (runId, result) }
        return try result.get()
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
