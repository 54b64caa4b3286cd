// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Provisions the server that a look-up in RDS leads to.
struct LookedUpProvisioner: DatabaseProvisioner {
    /// How long RDS may take to say whether all is as it was: until then nobody is out, and others wait for the target.
    private static let patience: Duration = .seconds(10)

    let lookUp: TargetLookUp
    let provisioner: @Sendable (TargetServer) -> any DatabaseProvisioner

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        let finding = try await lookUp.server(run: access.runId, deadline: access.deadline)
        guard finding.isKept else { return try await openSession(on: finding.server, access) }
        do {
            let session = try await provisioner(finding.server).openSession(access)
            return KeptLookUpSession(base: session) { await change(of: finding.server, access) }
        } catch let error as SyncError where error.code != .busy {
            // It may be somewhere else by now, or be stopped.
            let server = try await lookUp.newServer(run: access.runId, deadline: access.deadline)
            guard server.writer != finding.server.writer else { throw error }
            return try await openSession(on: server, access)
        }
    }

    private func openSession(
        on server: TargetServer,
        _ access: SessionAccess
    ) async throws -> any ProvisioningSession {
        let session = try await provisioner(server).openSession(access)
        guard let found = server.found, !found.notices.isEmpty else { return session }
        return LookedUpSession(base: session, notices: found.notices, deployments: found.deployments)
    }

    /// What is not as it was, or why nobody knows; nil if all is.
    private func change(of former: TargetServer, _ access: SessionAccess) async -> String? {
        do {
            let deadline = min(access.deadline, .now + Self.patience)
            let server = try await lookUp.newServer(run: access.runId, deadline: deadline)
            guard server.surroundings != former.surroundings else { return nil }
            let unseen = server.found?.unseen ?? []
            return unseen.isEmpty
                ? "what belongs to it has changed since it was looked up" : unseen.joined(separator: "; ")
        } catch let error as SyncError {
            return error.message
        } catch {
            return "the time was up before RDS had said whether all is as it was"
        }
    }
}

extension LookedUpProvisioner: Pausing {
    func pausableServer(_ access: SessionAccess) async throws -> PausableServer {
        let server = try await lookUp.newServer(run: access.runId, deadline: access.deadline)
        guard let found = server.found else {
            return PausableServer(id: "\(server.writer.host):\(server.writer.port)", pausedAs: nil)
        }
        return PausableServer(
            id: found.resourceId,
            pausedAs: found.mayPause && server.isPlain ? found.engineVersion : nil
        )
    }
}
