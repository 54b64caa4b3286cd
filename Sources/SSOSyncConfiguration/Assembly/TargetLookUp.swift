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
            result = .success(try await serverForPeople(deadline: deadline))
        } catch let error as SyncError {
            result = .failure(error)
        }
        last.withLock { $0 = (runId, result) }
        return try result.get()
    }

    /// The server, where people can log in by token.
    func serverForPeople(deadline: ContinuousClock.Instant? = nil) async throws -> TargetServer {
        let found = try await locator.locate(name, deadline: deadline)
        try found.requireIAMAuthentication()
        return try TargetServer(found, for: target)
    }

    /// The server, whether people can log in by token or not.
    func anyServer() async throws -> TargetServer { try TargetServer(await locator.locate(name), for: target) }
}
