// SPDX-License-Identifier: Apache-2.0

/// What RDS has in a Region, in the names of its own answers: dev/aws/rds.py says the rest.
extension AWSStandIn {
    /// What there is in one Region.
    package struct RDS: Encodable, Sendable {
        package var pageSize: Int?
        package var DBClusters: [Cluster]
        package var DBInstances: [DatabaseInstance]
        package var GlobalClusters: [GlobalCluster] = []
        package var BlueGreenDeployments: [Deployment] = []

        package init(clusters: [Cluster] = [], instances: [DatabaseInstance] = []) {
            (DBClusters, DBInstances) = (clusters, instances)
        }
    }

    /// A tag of a cluster or an instance.
    package struct Tag: Encodable, Sendable {
        package let Key: String
        package let Value: String

        package init(_ key: String, _ value: String) { (Key, Value) = (key, value) }
    }

    /// A cluster; its ARN and resource id are made from its id.
    package struct Cluster: Encodable, Sendable {
        package struct Member: Encodable, Sendable {
            package let DBInstanceIdentifier: String
            package var IsClusterWriter: Bool
        }

        package struct Scaling: Encodable, Sendable {
            package let MinCapacity: Double
            package let MaxCapacity = 4.0

            private enum CodingKeys: CodingKey { case MinCapacity, MaxCapacity }
        }

        package let DBClusterIdentifier: String
        package let DBClusterArn: String
        package var DbClusterResourceId: String
        package var Engine: String
        package var EngineVersion = "16.4"
        package var EngineMode: String? = "provisioned"
        package var Status = "available"
        package var Endpoint: String?
        package var ReaderEndpoint: String?
        package var CustomEndpoints: [String] = []
        package var Port: Int?
        package var DBClusterMembers: [Member]
        package var IAMDatabaseAuthenticationEnabled = true
        package var ClusterScalabilityType: String?
        package var ServerlessV2ScalingConfiguration: Scaling?
        package var ReplicationSourceIdentifier: String?
        package var ReadReplicaIdentifiers: [String] = []
        package var TagList: [Tag] = []

        /// - Parameters:
        ///   - id: Its id.
        ///   - engine: RDS's name for the engine.
        ///   - members: Ids of instances; the first is the writer.
        package init(
            _ id: String,
            region: String = "eu-west-1",
            engine: String = "aurora-postgresql",
            members: [String]
        ) {
            DBClusterIdentifier = id
            DBClusterArn = AWSStandIn.arn("cluster", id, region: region)
            DbClusterResourceId = "cluster-\(id.uppercased())"
            Engine = engine
            Endpoint = "\(id).cluster-abc.\(region).rds.amazonaws.com"
            Port = engine.contains("postgres") ? 5_432 : 3_306
            DBClusterMembers = members.enumerated().map { Member(DBInstanceIdentifier: $1, IsClusterWriter: $0 == 0) }
        }

        /// Sets the least capacity of instances that are serverless.
        package mutating func setMinimumCapacity(_ capacity: Double) {
            ServerlessV2ScalingConfiguration = Scaling(MinCapacity: capacity)
        }
    }

    /// An instance; its ARN, resource id and host are made from its id.
    package struct DatabaseInstance: Encodable, Sendable {
        package struct Address: Encodable, Sendable {
            package var Address: String
            package var Port: Int

            package init(_ host: String, _ port: Int) { (Address, Port) = (host, port) }
        }

        package let DBInstanceIdentifier: String
        package let DBInstanceArn: String
        package let DbiResourceId: String
        package var Engine: String
        package var EngineVersion = "16.4"
        package var DBInstanceStatus = "available"
        package var Endpoint: Address?
        package var DBClusterIdentifier: String?
        package var IAMDatabaseAuthenticationEnabled = true
        package var ReadReplicaSourceDBInstanceIdentifier: String?
        package var ReadReplicaDBInstanceIdentifiers: [String] = []
        package var ReadReplicaDBClusterIdentifiers: [String] = []
        package var TagList: [Tag] = []

        package init(
            _ id: String,
            region: String = "eu-west-1",
            engine: String = "postgres",
            in cluster: String? = nil
        ) {
            DBInstanceIdentifier = id
            DBInstanceArn = AWSStandIn.arn("db", id, region: region)
            DbiResourceId = "db-\(id.uppercased())"
            Engine = engine
            let port = engine.contains("postgres") ? 5_432 : 3_306
            Endpoint = Address("\(id).abc.\(region).rds.amazonaws.com", port)
            DBClusterIdentifier = cluster
        }
    }

    /// A global database.
    package struct GlobalCluster: Encodable, Sendable {
        package struct Member: Encodable, Sendable {
            package let DBClusterArn: String
            package let IsWriter: Bool
        }

        package let GlobalClusterIdentifier: String
        package let GlobalClusterMembers: [Member]

        /// - Parameters:
        ///   - id: Its id.
        ///   - clusters: ARNs; the first is the writer.
        package init(_ id: String, clusters: [String]) {
            GlobalClusterIdentifier = id
            GlobalClusterMembers = clusters.enumerated().map { Member(DBClusterArn: $1, IsWriter: $0 == 0) }
        }
    }

    /// A Blue/Green deployment.
    package struct Deployment: Encodable, Sendable {
        package let BlueGreenDeploymentIdentifier: String
        package let Source: String
        package let Target: String?
        package let Status: String
        package let CreateTime: String

        package init(
            _ id: String,
            source: String,
            target: String?,
            status: String,
            created: String = "2026-11-01T00:00:00.000Z"
        ) {
            (BlueGreenDeploymentIdentifier, Source, Target, Status) = (id, source, target, status)
            CreateTime = created
        }
    }

    /// The ARN of a cluster or an instance.
    package static func arn(_ kind: String, _ id: String, region: String = "eu-west-1") -> String {
        "arn:aws:rds:\(region):123456789012:\(kind):\(id)"
    }
}
