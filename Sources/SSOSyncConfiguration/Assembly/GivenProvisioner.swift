// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Provisions a server that is given by its host, unless RDS says that it is another target's, too.
///
/// It is not `Pausing`, as what it provisions is not: of a host nobody knows whether it pauses.
struct GivenProvisioner: DatabaseProvisioner {
    let target: TargetConfiguration
    let search: SharedServerSearch
    let base: any DatabaseProvisioner

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        if let conflict = try await search.conflict(of: target, run: access.runId, until: access.deadline) {
            throw conflict
        }
        return try await base.openSession(access)
    }
}

extension GivenProvisioner: HealthExamining {
    /// What the server says, as far as it is the target's.
    ///
    /// Nobody is asked here: the doctor's plan opens a session, and fails by what is found then.
    func healthChecks(for policy: Policy) async -> [HealthCheck] {
        let known = search.shared.conflict(ofGiven: target).map { [HealthCheck("lookUp", failedBy: $0)] }
        return await (known ?? []) + ((base as? any HealthExamining)?.healthChecks(for: policy) ?? [])
    }
}
