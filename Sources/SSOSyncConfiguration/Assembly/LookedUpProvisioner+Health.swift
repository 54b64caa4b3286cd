// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

extension LookedUpProvisioner: HealthExamining {
    /// What RDS says about the target, then what the server says itself.
    func healthChecks(for policy: Policy) async -> [HealthCheck] {
        do {
            let server = try await lookUp.anyServer()
            let ofServer = await (provisioner(server) as? any HealthExamining)?.healthChecks(for: policy)
            return (server.found.map(Self.checks) ?? []) + (ofServer ?? [])
        } catch let error as SyncError {
            return [HealthCheck("lookUp", failedBy: error)]
        } catch {
            return [HealthCheck("lookUp", .failed, "\(error)")]
        }
    }

    private static func checks(_ found: RDSTarget) -> [HealthCheck] {
        let readers = found.readers.count == 1 ? "1 reader" : "\(found.readers.count) readers"
        let text =
            "\(found.name) is \(found.state), version \(found.engineVersion), \(found.resourceId), with \(readers)"
        let lookUp = HealthCheck("lookUp", .good, text)
        let notices =
            found.unseen.map { HealthCheck("lookUp", .failed, $0) }
            + found.notices.map { HealthCheck("lookUp", .warning, $0) }
        do throws(SyncError) {
            try found.requireIAMAuthentication()
            return [lookUp, HealthCheck("iamAuthentication", .good, "turned on")] + notices
        } catch {
            let remedy = [found.commandForIAMAuthentication]
            return [lookUp, HealthCheck("iamAuthentication", .failed, error.message, remedy: remedy)] + notices
        }
    }
}
