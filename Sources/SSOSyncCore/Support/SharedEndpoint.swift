// SPDX-License-Identifier: Apache-2.0

/// Endpoints of Amazon RDS behind which there is no one server that stays the same, so that a provisioner cannot work there.
package enum SharedEndpoint {
    /// Why none of a target's hosts may be asked to let a provisioner in; nil if they all may.
    package static func refusal(writer: String, readers: [String]) -> SyncError? {
        let reason = refusal(ofHost: writer) ?? readers.lazy.compactMap(refusal(ofReader:)).first
        return reason.map { SyncError(.unsupported, $0) }
    }

    /// Why a host cannot be a target's; nil if it may be one.
    ///
    /// Amazon RDS Proxy shares connections between clients, so that neither the lock nor a session's settings hold
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html>).
    ///
    /// Its endpoints are named so. Aurora DSQL lets IAM identities in as roles of the database, and has no accounts that could
    /// be locked (<https://docs.aws.amazon.com/aurora-dsql/latest/userguide/authentication-authorization.html>).
    package static func refusal(ofHost host: String) -> String? {
        let name = host.lowercased()
        if name.contains(".proxy-") {
            return
                "\(host) is an RDS Proxy endpoint, behind which no lock holds: give the cluster's or instance's own endpoint"
        }
        guard name.contains(".dsql."), name.hasSuffix(".on.aws") || name.hasSuffix(".on.aws.") else { return nil }
        return "\(host) is Aurora DSQL, which has no IAM login for each account and cannot be provisioned"
    }

    /// A cluster's reader endpoint, and its custom ones, lead to another instance with each connection: a leaver would count
    /// as out once one of them has been looked at
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html>).
    package static func refusal(ofReader host: String) -> String? {
        let lower = host.lowercased()
        let name = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        // In China the Region comes after "rds".
        let isOfRDS =
            name.hasSuffix(".rds.amazonaws.com") || name.hasSuffix(".amazonaws.com.cn") && name.contains(".rds.")
        guard isOfRDS, name.contains(".cluster-ro-") || name.contains(".cluster-custom-") else {
            return refusal(ofHost: host)
        }
        return
            "\(host) leads to another of the cluster's instances with each connection, so nobody could be known to be out: "
            + "name the endpoint of each reader instance instead"
    }
}
