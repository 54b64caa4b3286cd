// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Stands for a target that was not found: whoever works on it is told why.
struct MissingProvisioner: DatabaseProvisioner, HealthExamining {
    let reason: SyncError

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession { throw reason }

    func healthChecks(for policy: Policy) async -> [HealthCheck] { [HealthCheck("lookUp", failedBy: reason)] }
}
