// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Looks the target up when a run first opens a session, and provisions the server that was found.
struct LookedUpProvisioner: DatabaseProvisioner {
    let lookUp: TargetLookUp
    let provisioner: @Sendable (TargetServer) -> any DatabaseProvisioner

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        let finding = try await lookUp.server(run: access.runId, deadline: access.deadline)
        let session: any ProvisioningSession
        do {
            session = try await provisioner(finding.server).openSession(access)
        } catch {
            if finding.isKept { lookUp.forget() }
            throw error
        }
        guard let found = finding.server.found, finding.isKept || !found.notices.isEmpty else { return session }
        return LookedUpSession(
            base: session,
            notices: found.notices,
            deployments: found.deployments,
            renewal: finding.isKept ? renewal(access, finding.server) : nil
        )
    }

    /// Looks the server up anew, and says what is not as it was; nil if all is.
    private func renewal(_ access: SessionAccess, _ former: TargetServer) -> LookedUpSession.Renewal {
        { deadline in
            do {
                let server = try await lookUp.server(run: access.runId, deadline: deadline, anew: true).server
                return server.surroundings == former.surroundings
                    ? nil : "what belongs to it has changed since it was looked up"
            } catch let error as SyncError {
                return error.message
            }
        }
    }
}

extension LookedUpProvisioner: Pausing {
    func pausableServer(_ access: SessionAccess) async throws -> PausableServer {
        let server = try await lookUp.server(run: access.runId, deadline: access.deadline, anew: true).server
        guard let found = server.found else {
            return PausableServer(id: "\(server.writer.host):\(server.writer.port)", pausedAs: nil)
        }
        return PausableServer(
            id: found.resourceId,
            pausedAs: found.mayPause && server.isPlain ? found.engineVersion : nil
        )
    }
}
