// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS

/// A host name that RDS has given in a Region: `orders.cluster-abc.eu-west-1.rds.amazonaws.com`.
///
/// In China it ends in `rds.cn-north-1.amazonaws.com.cn`. The endpoint of a global database is in whichever Region takes writes, and
/// none of a cluster's.
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html>)
struct RDSHostName {
    private let id: String
    /// What it is the endpoint of, and a part that differs from account to account.
    private let kind: String
    /// The Region.
    let region: String

    /// - Parameter host: In lower case, without the dot that may end a name.
    init?(_ host: String) {
        let labels = host.split(separator: ".").map(String.init)
        guard labels.count > 5 else { return nil }
        let region: String? =
            switch labels[4...].joined(separator: ".") {
            case "amazonaws.com": labels[3] == "rds" ? labels[2] : nil
            case "amazonaws.com.cn": labels[2] == "rds" ? labels[3] : labels[3] == "rds" ? labels[2] : nil
            default: nil
            }
        guard let region, region != "global" else { return nil }
        (id, kind, self.region) = (labels[0], labels[1], region)
    }

    /// What it is the endpoint of: `cluster-` of a cluster, without that of an instance; nil for any other, such as a cluster's
    /// custom endpoints and proxies, which have names of their own.
    var target: RDSTargetName? {
        switch kind.split(separator: "-", omittingEmptySubsequences: false).count {
        case 1: .instance(id)
        case 2 where kind.hasPrefix("cluster-"): .cluster(id)
        default: nil
        }
    }
}
