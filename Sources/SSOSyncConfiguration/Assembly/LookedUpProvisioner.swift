// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Looks the target up when a run first opens a session, and provisions the server that was found.
struct LookedUpProvisioner: DatabaseProvisioner {
    let lookUp: TargetLookUp
    let provisioner: @Sendable (TargetServer) -> any DatabaseProvisioner

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        let server = try await lookUp.server(run: access.runId, deadline: access.deadline)
        let session = try await provisioner(server).openSession(access)
        guard let found = server.found, !found.notices.isEmpty else { return session }
        return LookedUpSession(base: session, notices: found.notices, deployments: found.deployments)
    }
}

extension LookedUpProvisioner: Pausing {
    func pausableServer(_ access: SessionAccess) async throws -> PausableServer {
        let server = try await lookUp.server(run: access.runId, deadline: access.deadline)
        guard let found = server.found else {
            return PausableServer(id: "\(server.writer.host):\(server.writer.port)", pausedAs: nil)
        }
        let isPlain = found.mayPause && found.notices.isEmpty && found.unseen.isEmpty
        return PausableServer(id: found.resourceId, pausedAs: isPlain ? found.engineVersion : nil)
    }
}
