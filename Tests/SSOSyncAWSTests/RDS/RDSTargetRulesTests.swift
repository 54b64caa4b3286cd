// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("What in RDS can be provisioned, and where")
struct RDSTargetRulesTests {
    private static let rules = RDSTargetRules(name: .cluster("orders"), region: "eu-west-1")

    /// A cluster of one member, in the words of RDS's own answer, with some of them replaced.
    private static func cluster(_ fields: [String: String] = [:], _ children: [XMLElement] = []) throws -> RDSCluster {
        let defaults = [
            "DBClusterIdentifier": "orders", "DBClusterArn": AWSStandIn.arn("cluster", "orders"),
            "DbClusterResourceId": "cluster-ORDERS", "Engine": "aurora-postgresql", "EngineVersion": "16.4",
            "EngineMode": "provisioned", "Status": "available", "Endpoint": "w", "Port": "5432",
            "IAMDatabaseAuthenticationEnabled": "true",
        ]
        let members = element(
            "DBClusterMembers",
            [element("DBClusterMember", ["DBInstanceIdentifier": "w", "IsClusterWriter": "true"])]
        )
        let isGiven = children.contains { $0.name == members.name }
        let parts = defaults.merging(fields) { $1 }.map { XMLElement($0.key, text: $0.value) }
        return try #require(RDSCluster(element("DBCluster", parts + children + (isGiven ? [] : [members]))))
    }

    private static func instance(_ id: String, _ fields: [String: String] = [:], host: String? = nil) throws
        -> RDSInstance
    {
        let defaults = [
            "DBInstanceIdentifier": id, "DBInstanceArn": AWSStandIn.arn("db", id), "DbiResourceId": "db-\(id)",
            "Engine": "postgres", "EngineVersion": "16.4", "DBInstanceStatus": "available",
            "IAMDatabaseAuthenticationEnabled": "true",
        ]
        let endpoint = element("Endpoint", ["Address": host ?? id, "Port": "5432"])
        let parts = defaults.merging(fields) { $1 }.map { XMLElement($0.key, text: $0.value) }
        return try #require(RDSInstance(element("DBInstance", parts + (host == "" ? [] : [endpoint]))))
    }

    private static func element(_ name: String, _ children: [XMLElement]) -> XMLElement {
        XMLElement(name, children: children)
    }

    private static func element(_ name: String, _ fields: [String: String]) -> XMLElement {
        element(name, fields.map { XMLElement($0.key, text: $0.value) })
    }

    // MARK: Refused by name

    private static let refusedClusters: [(fields: [String: String], code: SyncError.Code, reason: String)] = [
        (["EngineMode": "serverless"], .unsupported, "is Aurora Serverless v1"),
        (["ClusterScalabilityType": "limitless"], .unsupported, "is an Aurora Limitless Database"),
        (["Engine": "aurora"], .unsupported, "is Aurora MySQL of a version before 2"),
        (["Engine": "docdb"], .unsupported, "is docdb, and neither PostgreSQL nor MySQL"),
        (["Engine": "neptune"], .unsupported, "is neptune, and neither PostgreSQL nor MySQL"),
        (
            ["ReplicationSourceIdentifier": "first"], .unsupported,
            "is a replica of first and takes no writes: give that one"
        ),
        (["Status": "stopped"], .deferred, "is stopped, so nobody can log in to it now"),
        (["Status": "creating"], .deferred, "is creating"),
        (["Status": "inaccessible-encryption-credentials-recoverable"], .deferred, "is inaccessible"),
        (["Status": "deleting"], .unreachable, "its state is deleting"),
        (["Status": "failed"], .unreachable, "its state is failed"),
    ]

    @Test(arguments: refusedClusters)
    func `a cluster that cannot be provisioned is refused by name`(
        fields: [String: String],
        code: SyncError.Code,
        reason: String
    ) throws {
        let error = try #require(throws: SyncError.self) { try Self.rules.check(Self.cluster(fields)) }
        #expect(error.code == code)
        #expect(error.message.hasPrefix("cluster orders in eu-west-1 "))
        #expect(error.message.contains(reason), "\(error)")
    }

    @Test(arguments: ["available", "starting", "stopping", "modifying"])
    func `a cluster that may let people in is tried, though it starts or stops`(status: String) throws {
        #expect(throws: Never.self) { try Self.rules.check(Self.cluster(["Status": status])) }
    }

    @Test func `a cluster that has shards is Limitless, whatever it calls itself`() throws {
        let limitless = Self.element("LimitlessDatabase", ["Status": "enabled"])
        #expect(throws: SyncError.self) { try Self.rules.check(Self.cluster([:], [limitless])) }
        let disabled = Self.element("LimitlessDatabase", ["Status": "disabled"])
        #expect(throws: Never.self) { try Self.rules.check(Self.cluster([:], [disabled])) }
    }

    @Test func `a cluster without instances has nobody to ask`() throws {
        let empty = try Self.cluster([:], [Self.element("DBClusterMembers", [XMLElement]())])
        let error = try #require(throws: SyncError.self) { try Self.rules.check(empty) }
        #expect(error.code == .unreachable)
        #expect(error.message.contains("has no instances"))
    }

    @Test(arguments: ["available", "backing-up", "modifying", "upgrading", "failing-over", "maintenance", "a-new-one"])
    func `a cluster in any other state is tried`(status: String) throws {
        #expect(throws: Never.self) { try Self.rules.check(Self.cluster(["Status": status])) }
    }

    private static let refusedInstances: [(fields: [String: String], code: SyncError.Code, reason: String)] = [
        (["Engine": "mariadb"], .unsupported, "is MariaDB, which cannot be provisioned yet"),
        (["Engine": "oracle-ee"], .unsupported, "is oracle-ee, and neither PostgreSQL nor MySQL"),
        (["Engine": "sqlserver-se"], .unsupported, "is sqlserver-se"),
        (["Engine": "db2-se"], .unsupported, "is db2-se"),
        (["DBClusterIdentifier": "c"], .unsupported, "is a member of cluster c: give that one, by cluster: c"),
        (["ReadReplicaSourceDBInstanceIdentifier": "first"], .unsupported, "is a replica of first and takes no writes"),
        (["ReadReplicaSourceDBClusterIdentifier": "first"], .unsupported, "is a replica of first and takes no writes"),
        (["DBInstanceStatus": "stopped"], .deferred, "is stopped"),
        (["DBInstanceStatus": "incompatible-network"], .unreachable, "its state is incompatible-network"),
    ]

    @Test(arguments: refusedInstances)
    func `an instance that cannot be provisioned is refused by name`(
        fields: [String: String],
        code: SyncError.Code,
        reason: String
    ) throws {
        let rules = RDSTargetRules(name: .instance("db"), region: "eu-west-1")
        let error = try #require(throws: SyncError.self) { try rules.check(Self.instance("db", fields)) }
        #expect(error.code == code)
        #expect(error.message.hasPrefix("instance db in eu-west-1 "))
        #expect(error.message.contains(reason), "\(error)")
    }

    @Test func `a secondary of a global database is refused with the primary's name`() throws {
        func global(_ writer: String, _ other: String) throws -> RDSGlobalCluster {
            let members = [(writer, "true"), (other, "false")].map { arn, isWriter in
                Self.element("GlobalClusterMember", ["DBClusterArn": arn, "IsWriter": isWriter])
            }
            let id = XMLElement("GlobalClusterIdentifier", text: "world")
            return try #require(
                RDSGlobalCluster(Self.element("G", [id, Self.element("GlobalClusterMembers", members)]))
            )
        }
        let (ours, other) = (AWSStandIn.arn("cluster", "orders"), AWSStandIn.arn("cluster", "o", region: "us-east-1"))
        let error = try #require(throws: SyncError.self) {
            try Self.rules.check(Self.cluster(), in: global(other, ours))
        }
        #expect(error.code == .unsupported)
        #expect(
            error.message.contains("is a secondary of the global database world and takes no writes: give \(other)")
        )
        #expect(throws: Never.self) { try Self.rules.check(Self.cluster(), in: global(ours, other)) }
    }

    // MARK: The target

    @Test func `IAM authentication that is off says how to turn it on`() throws {
        let off = ["IAMDatabaseAuthenticationEnabled": "false"]
        let cluster = try Self.rules.target(Self.cluster(off), .init(members: [Self.instance("w")]))
        let error = try #require(throws: SyncError.self) { try cluster.requireIAMAuthentication() }
        #expect(error.code == .authentication)
        let command =
            "aws rds modify-db-cluster --db-cluster-identifier orders --region eu-west-1 "
            + "--enable-iam-database-authentication --apply-immediately"
        #expect(error.message.contains(command), "\(error)")

        let rules = RDSTargetRules(name: .instance("db"), region: "us-east-1")
        let instance = try rules.target(Self.instance("db", off), .init())
        let other = try #require(throws: SyncError.self) { try instance.requireIAMAuthentication() }
        #expect(other.message.contains("aws rds modify-db-instance --db-instance-identifier db --region us-east-1"))
        let on = try Self.rules.target(Self.cluster(), .init(members: [Self.instance("w")]))
        #expect(throws: Never.self) { try on.requireIAMAuthentication() }
    }

    @Test func `a cluster that pauses gets the time that resuming takes`() throws {
        func timeout(_ capacity: String) throws -> Int? {
            let scaling = Self.element(
                "ServerlessV2ScalingConfiguration",
                ["MinCapacity": capacity, "MaxCapacity": "4.0"]
            )
            return try Self.rules.target(Self.cluster([:], [scaling]), .init(members: [Self.instance("w")]))
                .connectTimeout
        }
        #expect(try timeout("0.0") == 60)
        #expect(try timeout("0.5") == nil)
        #expect(try Self.rules.target(Self.cluster(), .init(members: [Self.instance("w")])).connectTimeout == nil)
    }

    @Test func `readers that are stopped or not made yet are left out, and named`() throws {
        let members = try [
            Self.instance("w"), Self.instance("r"), Self.instance("s", ["DBInstanceStatus": "stopped"]),
            Self.instance("n", ["DBInstanceStatus": "creating"], host: ""),
            Self.instance("d", ["DBInstanceStatus": "deleting"]),
        ]
        let target = try Self.rules.target(Self.cluster(), .init(members: members))
        #expect(target.readers.map(\.host) == ["d", "r"])
        #expect(
            target.notices == [
                "reader n in eu-west-1 was left out: it is creating",
                "reader s in eu-west-1 was left out: it is stopped",
            ]
        )
    }

    @Test func `a replica on which IAM authentication is off is asked all the same, and noted with what turns it on`()
        throws
    {
        let off = ["IAMDatabaseAuthenticationEnabled": "false"]
        let replicas = try [
            Self.instance("r", off), Self.instance("m", off.merging(["DBClusterIdentifier": "c"]) { $1 }),
        ]
        let rules = RDSTargetRules(name: .instance("db"), region: "eu-west-1")
        let copies = replicas.map { RDSTargetRules.Copy(instance: $0, region: "us-east-1") }
        let target = try rules.target(Self.instance("db"), .init(copies: copies))
        #expect(target.readers.map(\.host) == ["m", "r"])
        #expect(target.notices.count == 1)
        let command = "aws rds modify-db-instance --db-instance-identifier r --region us-east-1"
        #expect(target.notices.first?.contains(command) == true)
    }

    @Test func `while nobody is the writer, every member serves reads`() throws {
        let member = Self.element("DBClusterMember", ["DBInstanceIdentifier": "w", "IsClusterWriter": "false"])
        let cluster = try Self.cluster([:], [Self.element("DBClusterMembers", [member])])
        #expect(try Self.rules.target(cluster, .init(members: [Self.instance("w")])).readers.map(\.host) == ["w"])
    }

    @Test func `a target without an endpoint is not reachable yet`() throws {
        let cluster = try Self.cluster(["Endpoint": ""])
        let error = try #require(throws: SyncError.self) {
            try Self.rules.target(cluster, .init(members: [Self.instance("w")]))
        }
        #expect(error.code == .unreachable)
        let rules = RDSTargetRules(name: .instance("db"), region: "eu-west-1")
        #expect(throws: SyncError.self) { try rules.target(Self.instance("db", host: ""), .init()) }
    }

    @Test func `a global database that names something else than clusters is not taken for one that has fewer`() throws
    {
        let member = Self.element("GlobalClusterMember", ["DBClusterArn": "cluster-2", "IsWriter": "false"])
        let id = XMLElement("GlobalClusterIdentifier", text: "world")
        let global = try #require(
            RDSGlobalCluster(Self.element("G", [id, Self.element("GlobalClusterMembers", [member])]))
        )
        let (followers, unseen) = try Self.rules.followers(of: Self.cluster(), in: global)
        #expect(followers.isEmpty)
        #expect(unseen == ["cluster orders: its global database names cluster-2, which is no cluster"])
    }

    // MARK: Blue and green

    private static func deployment(_ status: String, source: String, target: String) throws -> RDSBlueGreenDeployment {
        let fields = ["BlueGreenDeploymentIdentifier": "bgd-1", "Source": source, "Target": target, "Status": status]
        return try #require(RDSBlueGreenDeployment(element("D", fields)))
    }

    private static func target(_ deployment: RDSBlueGreenDeployment) throws -> RDSTarget {
        try rules.target(cluster(), .init(members: [instance("w")], deployments: [deployment]))
    }

    private static let (blue, green) = (
        AWSStandIn.arn("cluster", "orders"), AWSStandIn.arn("cluster", "orders-green-x")
    )

    @Test(arguments: [
        "PROVISIONING", "AVAILABLE", "SWITCHOVER_IN_PROGRESS", "INVALID_CONFIGURATION", "SWITCHOVER_FAILED",
    ])
    func `a deployment that is in progress goes with its blue side, and is refused on its green`(status: String) throws
    {
        let target = try Self.target(Self.deployment(status, source: Self.blue, target: Self.green))
        #expect(target.deployment?.status == status)
        #expect(target.notices.count == 1)
        #expect(target.notices.first?.contains("the Blue/Green deployment bgd-1 is \(status)") == true)
        #expect(target.notices.first?.contains(Self.green) == true)
        let error = try #require(throws: SyncError.self) {
            try Self.target(Self.deployment(status, source: Self.green, target: Self.blue))
        }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("is the green side of the Blue/Green deployment bgd-1"))
    }

    @Test func `after the switchover nobody is kept out, and the old database is to be deleted`() throws {
        for (source, target) in [(Self.blue, Self.green), (Self.green, Self.blue)] {
            let target = try Self.target(Self.deployment("SWITCHOVER_COMPLETED", source: source, target: target))
            #expect(target.deployment == nil)
            #expect(target.deployments.map(\.isSwitchedOver) == [true])
            #expect(target.notices.count == 1)
            #expect(
                target.notices.first?.contains("the old database, whose name ends in -old and a number now") == true
            )
        }
    }

    @Test func `nobody is asked to delete blue when the deployment is given up`() throws {
        let target = try Self.target(Self.deployment("DELETING", source: Self.blue, target: Self.green))
        #expect(target.deployments == [])
        #expect(target.notices == [])
    }

    @Test func `another database's deployment concerns nobody`() throws {
        let other = AWSStandIn.arn("cluster", "other")
        for status in ["AVAILABLE", "SWITCHOVER_COMPLETED"] {
            let target = try Self.target(Self.deployment(status, source: other, target: Self.green))
            #expect(target.deployments == [])
            #expect(target.notices == [])
        }
    }
}
