// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport

extension World {
    /// What a look-up of a cluster of Aurora calls, in the order of the alphabet.
    static let callsOfLookUp = [
        "DescribeBlueGreenDeployments", "DescribeDBClusters", "DescribeDBInstances", "DescribeGlobalClusters",
    ]

    /// What RDS says of the server: it is the writer of the cluster `orders`, and its standby the other member.
    ///
    /// - Parameters:
    ///   - hasFailedOver: Whether the cluster's endpoint leads to the other member than the one that RDS takes for the writer.
    ///   - hasStandby: Whether the standby is there, too, if the server has one.
    func cluster(hasFailedOver: Bool = false, withStandby hasStandby: Bool = true) -> AWSStandIn.RDS {
        let aurora = engine == .mysql ? "aurora-mysql" : "aurora-postgresql"
        let ports = [server.port] + (server.hasStandby && hasStandby ? [server.standbyPort] : [])
        let instances = (hasFailedOver ? ports.reversed() : ports).enumerated().map { index, port in
            var instance = AWSStandIn.DatabaseInstance("orders-\(index)", engine: aurora, in: "orders")
            instance.Endpoint = .init("localhost", port)
            return instance
        }
        var cluster = AWSStandIn.Cluster("orders", engine: aurora, members: instances.map(\.DBInstanceIdentifier))
        (cluster.Endpoint, cluster.Port) = ("localhost", server.port)
        return AWSStandIn.RDS(clusters: [cluster], instances: instances)
    }
}
