// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A page of what RDS lists.
public struct RDSPage<Item: Sendable>: ServicePage {
    /// What is on this page.
    public let items: [Item]
    /// What to ask for the next page with.
    public let nextToken: String?
}

/// A cluster, as far as it concerns us
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html>).
public struct RDSCluster: Sendable, Hashable {
    /// An instance's part in a cluster.
    public struct Member: Sendable, Hashable {
        /// The instance's id.
        public let instance: String
        /// Whether it takes writes.
        public let isWriter: Bool
    }

    /// The cluster's id.
    public let id: String
    /// Its ARN.
    public let arn: String
    /// The id that login policies name it by: `cluster-…`.
    public let resourceId: String
    /// RDS's name for the engine, such as `aurora-postgresql`.
    public let engine: String
    /// RDS's name for the engine's version.
    public let engineVersion: String
    /// `provisioned`, or `serverless` for Aurora Serverless v1; nil if RDS does not say.
    public let engineMode: String?
    /// What it does now, such as `available`.
    public let status: String
    /// The host that leads to the writer; nil if there is none yet.
    public let host: String?
    /// The hosts that lead to one of several instances: the reader endpoint, and custom ones.
    public let aliases: [String]
    /// The port of all of its hosts; nil if RDS does not say.
    public let port: Int?
    /// The instances in it.
    public let members: [Member]
    /// Whether people log in by IAM token.
    public let hasIAMAuthentication: Bool
    /// Whether it is an Aurora Limitless Database.
    public let isLimitless: Bool
    /// The least capacity of its Aurora Serverless v2 instances, which pause if it is 0; nil if it has none.
    public let minimumCapacity: Double?
    /// What it is a replica of; nil for a cluster of its own.
    public let source: String?
    /// Clusters and instances that are its replicas: ids, and ARNs of what is elsewhere.
    public let replicas: [String]
    /// The values of its tags, by their keys.
    public let tags: [String: String]

    /// Reads RDS's description; nil if it is none.
    init?(_ element: XMLElement) {
        guard let id = element.filled("DBClusterIdentifier"), let arn = element.filled("DBClusterArn"),
            let resourceId = element.filled("DbClusterResourceId"), let engine = element.filled("Engine"),
            let status = element.filled("Status")
        else { return nil }
        (self.id, self.arn, self.resourceId, self.engine, self.status) = (id, arn, resourceId, engine, status)
        engineVersion = element.filled("EngineVersion") ?? ""
        engineMode = element.filled("EngineMode")
        host = element.filled("Endpoint")
        let reader = element.filled("ReaderEndpoint").map { [$0] } ?? []
        aliases = reader + element.texts("CustomEndpoints", of: "member")
        port = element.filled("Port").flatMap { Int($0) }
        let members = element.list("DBClusterMembers", of: "DBClusterMember")
        self.members = members.compactMap(Member.init)
        guard members.count == self.members.count else { return nil }
        hasIAMAuthentication = element.isTrue("IAMDatabaseAuthenticationEnabled")
        isLimitless =
            element.filled("ClusterScalabilityType") == "limitless"
            || element.text(at: "LimitlessDatabase", "Status").map { !["", "disabled"].contains($0) } ?? false
        minimumCapacity = element["ServerlessV2ScalingConfiguration"]?.filled("MinCapacity").flatMap { Double($0) }
        source = element.filled("ReplicationSourceIdentifier")
        replicas = element.texts("ReadReplicaIdentifiers", of: "ReadReplicaIdentifier")
        tags = element.tags
    }
}

extension RDSCluster.Member {
    fileprivate init?(_ element: XMLElement) {
        guard let instance = element.filled("DBInstanceIdentifier") else { return nil }
        self.instance = instance
        isWriter = element.isTrue("IsClusterWriter")
    }
}

/// An instance, as far as it concerns us
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>).
public struct RDSInstance: Sendable, Hashable {
    /// The instance's id.
    public let id: String
    /// Its ARN.
    public let arn: String
    /// The id that login policies name it by, unless it is a member of a cluster: `db-…`.
    public let resourceId: String
    /// RDS's name for the engine, such as `postgres`.
    public let engine: String
    /// RDS's name for the engine's version.
    public let engineVersion: String
    /// What it does now, such as `available`.
    public let status: String
    /// The instance's own host; nil while it is created.
    public let host: String?
    /// The host's port.
    public let port: Int?
    /// The cluster that it is a member of.
    public let cluster: String?
    /// Whether people log in by IAM token.
    public let hasIAMAuthentication: Bool
    /// What it is a replica of, an instance or a cluster; nil for an instance of its own.
    public let source: String?
    /// Instances that are its replicas: ids, and ARNs of what is in another Region.
    public let replicas: [String]
    /// Clusters that are its replicas.
    public let replicaClusters: [String]
    /// The values of its tags, by their keys.
    public let tags: [String: String]

    /// Reads RDS's description; nil if it is none.
    init?(_ element: XMLElement) {
        guard let id = element.filled("DBInstanceIdentifier"), let arn = element.filled("DBInstanceArn"),
            let resourceId = element.filled("DbiResourceId"), let engine = element.filled("Engine"),
            let status = element.filled("DBInstanceStatus")
        else { return nil }
        (self.id, self.arn, self.resourceId, self.engine, self.status) = (id, arn, resourceId, engine, status)
        engineVersion = element.filled("EngineVersion") ?? ""
        host = element["Endpoint"]?.filled("Address")
        port = element["Endpoint"]?.filled("Port").flatMap { Int($0) }
        cluster = element.filled("DBClusterIdentifier")
        hasIAMAuthentication = element.isTrue("IAMDatabaseAuthenticationEnabled")
        source =
            element.filled("ReadReplicaSourceDBInstanceIdentifier")
            ?? element.filled("ReadReplicaSourceDBClusterIdentifier")
        replicas = element.texts("ReadReplicaDBInstanceIdentifiers", of: "ReadReplicaDBInstanceIdentifier")
        replicaClusters = element.texts("ReadReplicaDBClusterIdentifiers", of: "ReadReplicaDBClusterIdentifier")
        tags = element.tags
    }
}

/// An Aurora global database: a cluster that takes writes, and others that follow it in other Regions
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_GlobalCluster.html>).
public struct RDSGlobalCluster: Sendable, Hashable {
    /// A cluster's part in it.
    public struct Member: Sendable, Hashable {
        /// The cluster's ARN.
        public let cluster: String
        /// Whether it takes writes.
        public let isWriter: Bool
    }

    /// Its id.
    public let id: String
    /// The clusters in it.
    public let members: [Member]

    /// Reads RDS's description; nil if it is none.
    init?(_ element: XMLElement) {
        guard let id = element.filled("GlobalClusterIdentifier") else { return nil }
        self.id = id
        let members = element.list("GlobalClusterMembers", of: "GlobalClusterMember")
        self.members = members.compactMap(Member.init)
        guard members.count == self.members.count else { return nil }
    }
}

extension RDSGlobalCluster.Member {
    fileprivate init?(_ element: XMLElement) {
        guard let cluster = element.filled("DBClusterArn") else { return nil }
        self.cluster = cluster
        isWriter = element.isTrue("IsWriter")
    }
}

/// A copy of a database, green, that is to take the place of the original, blue
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_BlueGreenDeployment.html>).
public struct RDSBlueGreenDeployment: Sendable, Hashable {
    /// Its id.
    public let id: String
    /// The ARN of blue.
    public let source: String
    /// The ARN of green; nil as long as there is none.
    public let target: String?
    /// How far it is, such as `AVAILABLE`.
    public let status: String
    /// When it was made; nil if RDS does not say.
    public let createdAt: Timestamp?

    /// Whether blue is still the one that people use, with green beside it.
    public var isInProgress: Bool { !isSwitchedOver && status != "DELETING" }
    /// Whether green has taken blue's place, and its name.
    public var isSwitchedOver: Bool { status == "SWITCHOVER_COMPLETED" }

    /// Reads RDS's description; nil if it is none.
    init?(_ element: XMLElement) {
        guard let id = element.filled("BlueGreenDeploymentIdentifier"), let source = element.filled("Source"),
            let status = element.filled("Status")
        else { return nil }
        (self.id, self.source, self.status) = (id, source, status)
        target = element.filled("Target")
        createdAt = element.filled("CreateTime").flatMap { Timestamp($0) }
    }
}

extension XMLElement {
    /// The text of a child; nil if there is none or it is empty.
    func filled(_ name: String) -> String? { text(at: name).flatMap { $0.isEmpty ? nil : $0 } }

    fileprivate func isTrue(_ name: String) -> Bool { text(at: name) == "true" }

    fileprivate var tags: [String: String] {
        let tags = list("TagList", of: "Tag").compactMap { tag in
            tag.filled("Key").map { ($0, tag.text(at: "Value") ?? "") }
        }
        return Dictionary(tags) { first, _ in first }
    }

    fileprivate func texts(_ name: String, of member: String) -> [String] {
        list(name, of: member).map(\.text).filter { !$0.isEmpty }
    }
}
