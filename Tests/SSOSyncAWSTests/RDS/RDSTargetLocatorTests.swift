// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Targets looked up in RDS")
struct RDSTargetLocatorTests {
    private typealias Cluster = AWSStandIn.Cluster
    private typealias Instance = AWSStandIn.DatabaseInstance

    /// Looks a target up in a world whose RDS has this in these Regions.
    private func locate(
        _ name: RDSTargetName,
        _ rds: [String: AWSStandIn.RDS],
        calls: ((AWSStandIn.World) async throws -> Void)? = nil
    ) async throws -> RDSTarget {
        var world = try await AWSStandIn.world()
        world.rds = rds
        try await world.set()
        let target = try await world.locator.locate(name)
        try await calls?(world)
        return target
    }

    private func failure(
        _ name: RDSTargetName,
        _ rds: AWSStandIn.RDS,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> SyncError {
        try await #require(throws: SyncError.self, sourceLocation: sourceLocation) {
            try await locate(name, ["eu-west-1": rds])
        }
    }

    private func hosts(_ endpoints: [RDSTarget.Endpoint]) -> [String] { endpoints.map { "\($0.host):\($0.port)" } }

    @Test func `a cluster is its writer endpoint and the endpoint of each instance that serves reads`() async throws {
        let instances = ["a", "b", "c"].map { Instance($0, engine: "aurora-postgresql", in: "orders") }
        let other = Instance("x", engine: "aurora-postgresql", in: "other")
        let rds = AWSStandIn.RDS(
            clusters: [Cluster("orders", members: ["b", "a", "c"])],
            instances: instances + [other, Instance("y")]
        )
        let target = try await locate(.cluster("Orders"), ["eu-west-1": rds]) { world in
            let calls = try await world.calls()
            #expect(calls.count == 4)
            #expect(calls.allSatisfy { $0.verified && $0.status == 200 })
        }
        #expect(target.engine == .postgres)
        #expect(target.engineVersion == "16.4")
        #expect(target.resourceId == "cluster-ORDERS")
        #expect(target.state == "available")
        #expect(hosts([target.writer]) == ["orders.cluster-abc.eu-west-1.rds.amazonaws.com:5432"])
        #expect(hosts(target.readers) == ["a", "c"].map { "\($0).abc.eu-west-1.rds.amazonaws.com:5432" })
        #expect(hosts(target.writerInstances) == ["b.abc.eu-west-1.rds.amazonaws.com:5432"])
        #expect(target.hasIAMAuthentication)
        #expect(target.connectTimeout == nil)
        #expect(target.notices == [])
    }

    @Test func `endpoints that lead to several instances are known, and are no readers`() async throws {
        var cluster = Cluster("orders", members: ["a"])
        (cluster.ReaderEndpoint, cluster.CustomEndpoints, cluster.Port) = ("ro", ["c1", "c2"], 5_433)
        let rds = AWSStandIn.RDS(
            clusters: [cluster],
            instances: [Instance("a", engine: "aurora-postgresql", in: "orders")]
        )
        let target = try await locate(.cluster("orders"), ["eu-west-1": rds])
        #expect(hosts(target.aliases) == ["ro:5433", "c1:5433", "c2:5433"])
        #expect(target.readers == [])
    }

    @Test func `members of a global database's secondaries are readers in their own Regions`() async throws {
        let arns = ["eu-west-1", "us-east-1", "ap-south-1"].map { AWSStandIn.arn("cluster", "shop", region: $0) }
        var home = AWSStandIn.RDS(
            clusters: [Cluster("shop", engine: "aurora-mysql", members: ["w"])],
            instances: [Instance("w", engine: "aurora-mysql", in: "shop")]
        )
        home.GlobalClusters = [
            .init("other", clusters: [AWSStandIn.arn("cluster", "x")]), .init("world", clusters: arns),
        ]
        func secondary(_ region: String, _ members: [String]) -> AWSStandIn.RDS {
            AWSStandIn.RDS(
                clusters: [Cluster("shop", region: region, engine: "aurora-mysql", members: members)],
                instances: members.map { Instance($0, region: region, engine: "aurora-mysql", in: "shop") }
            )
        }
        let rds = [
            "eu-west-1": home, "us-east-1": secondary("us-east-1", ["r1", "r2"]),
            "ap-south-1": secondary("ap-south-1", []),
        ]
        let target = try await locate(.cluster("shop"), rds)
        #expect(target.engine == .mysql)
        #expect(target.readers.map(\.region) == ["us-east-1", "us-east-1"])
        #expect(hosts(target.readers) == ["r1", "r2"].map { "\($0).abc.us-east-1.rds.amazonaws.com:3306" })
        #expect(target.unseen == [])
    }

    @Test func `what is named among those that follow, and not described, may be there all the same`() async throws {
        let arns = ["eu-west-1", "us-east-1", "ap-south-1"].map { AWSStandIn.arn("cluster", "shop", region: $0) }
        var writer = Instance("w", in: "shop")
        writer.ReadReplicaDBInstanceIdentifiers = ["replica"]
        var home = AWSStandIn.RDS(clusters: [Cluster("shop", members: ["w"])], instances: [writer])
        home.GlobalClusters = [.init("world", clusters: arns)]
        let abroad = AWSStandIn.RDS(
            clusters: [Cluster("shop", region: "us-east-1", members: ["r1", "r2"])],
            instances: [Instance("r1", region: "us-east-1", in: "shop")]
        )
        let rds = ["eu-west-1": home, "us-east-1": abroad, "ap-south-1": AWSStandIn.RDS()]
        let target = try await locate(.cluster("shop"), rds)
        #expect(hosts(target.readers) == ["r1.abc.us-east-1.rds.amazonaws.com:5432"])
        let gaps = [
            "the follower cluster shop in ap-south-1 could not be looked up: RDS names it and does not describe it",
            "the follower cluster shop in us-east-1 has a member, r2, that RDS does not describe",
            "the follower instance replica in eu-west-1 could not be looked up: RDS names it and does not describe it",
        ]
        #expect(target.unseen.count == gaps.count, "\(target.unseen)")
        for (found, gap) in zip(target.unseen, gaps) { #expect(found.hasPrefix("cluster shop: \(gap)"), "\(found)") }
    }

    @Test func `read replicas of an instance, and theirs, are readers wherever they are`() async throws {
        var master = Instance("db")
        master.ReadReplicaDBInstanceIdentifiers = ["near", "gone", AWSStandIn.arn("db", "far", region: "us-east-1")]
        master.ReadReplicaDBClusterIdentifiers = ["aurora"]
        var near = Instance("near")
        (near.ReadReplicaSourceDBInstanceIdentifier, near.ReadReplicaDBInstanceIdentifiers) = ("db", ["next", "db"])
        let home = AWSStandIn.RDS(
            clusters: [Cluster("aurora", members: ["m"])],
            instances: [master, near, Instance("next"), Instance("m", in: "aurora")]
        )
        let abroad = AWSStandIn.RDS(instances: [Instance("far", region: "us-east-1")])
        let target = try await locate(.instance("db"), ["eu-west-1": home, "us-east-1": abroad])
        #expect(target.resourceId == "db-DB")
        #expect(hosts([target.writer]) == ["db.abc.eu-west-1.rds.amazonaws.com:5432"])
        let names = target.readers.map { $0.host.prefix { $0 != "." } }
        #expect(Set(names) == ["near", "next", "m", "far"])
        #expect(target.readers.first { $0.host.hasPrefix("far") }?.region == "us-east-1")
        #expect(target.unseen.count == 1 && target.unseen.first?.contains("instance gone") == true, "\(target.unseen)")
    }

    @Test func `replicas of clusters that follow are readers, and theirs, even if they name each other`() async throws {
        func cluster(_ id: String, region: String, replicas: [String]) -> Cluster {
            var cluster = Cluster(id, region: region, engine: "aurora-mysql", members: [])
            cluster.ReadReplicaIdentifiers = replicas
            return cluster
        }
        func arn(_ id: String, _ region: String) -> String { AWSStandIn.arn("cluster", id, region: region) }
        func instance(_ id: String, _ region: String, in cluster: String) -> Instance {
            Instance(id, region: region, engine: "aurora-mysql", in: cluster)
        }
        var first = Cluster("first", engine: "aurora-mysql", members: ["w"])
        first.ReadReplicaIdentifiers = [arn("second", "us-east-1")]
        let home = AWSStandIn.RDS(clusters: [first], instances: [instance("w", "eu-west-1", in: "first")])
        let second = cluster("second", region: "us-east-1", replicas: ["third", arn("first", "eu-west-1")])
        let third = cluster("third", region: "us-east-1", replicas: [arn("second", "us-east-1")])
        var own = instance("r3", "us-east-1", in: "third")
        own.ReadReplicaDBInstanceIdentifiers = ["r4"]
        let abroad = AWSStandIn.RDS(
            clusters: [second, third],
            instances: [instance("r2", "us-east-1", in: "second"), own, Instance("r4", region: "us-east-1")]
        )
        let target = try await locate(.cluster("first"), ["eu-west-1": home, "us-east-1": abroad])
        #expect(target.readers.map { $0.host.prefix { $0 != "." } } == ["r2", "r3", "r4"])
        #expect(target.unseen == [])
    }

    @Test func `a read replica of a cluster's member is a reader`() async throws {
        var writer = Instance("w", in: "orders")
        writer.ReadReplicaDBInstanceIdentifiers = ["r"]
        let rds = AWSStandIn.RDS(clusters: [Cluster("orders", members: ["w"])], instances: [writer, Instance("r")])
        let target = try await locate(.cluster("orders"), ["eu-west-1": rds])
        #expect(hosts(target.readers) == ["r.abc.eu-west-1.rds.amazonaws.com:5432"])
    }

    @Test func `what is not there is named with where it was looked for`() async throws {
        for name in [RDSTargetName.cluster("orders"), .instance("orders")] {
            let error = try await failure(name, AWSStandIn.RDS(clusters: [], instances: [Instance("other")]))
            #expect(error.code == .lookUp)
            #expect(error.message.hasPrefix("there is no \(name) in eu-west-1 that these credentials see"))
        }
    }

    @Test func `without the target's own description there is none, and the error says what to allow`() async throws {
        var world = try await AWSStandIn.world()
        world.rds = [
            "eu-west-1": AWSStandIn.RDS(clusters: [Cluster("a", members: ["m"])], instances: [Instance("m", in: "a")])
        ]
        try await world.setFaults([.error("AccessDenied", status: 403, of: "DescribeDBClusters", times: 0)])
        let locator = world.locator
        let error = try await #require(throws: SyncError.self) { try await locator.locate(.cluster("a")) }
        #expect(error.code == .lookUp)
        #expect(
            error.message.hasPrefix("cluster a in eu-west-1 could not be looked up: rds:DescribeDBClusters is denied")
        )
    }

    @Test(arguments: [
        ("DescribeDBInstances", "its instances"), ("DescribeGlobalClusters", "global databases"),
        ("DescribeBlueGreenDeployments", "Blue/Green deployments"),
    ])
    func `what surrounds a target and is denied is named with what to allow, and the writer is found all the same`(
        operation: String,
        what: String
    ) async throws {
        var world = try await AWSStandIn.world()
        world.rds = [
            "eu-west-1": AWSStandIn.RDS(
                clusters: [Cluster("a", members: ["w", "r"])],
                instances: ["w", "r"].map { Instance($0, in: "a") }
            )
        ]
        try await world.setFaults([.error("AccessDenied", status: 403, of: operation, times: 0)])
        let target = try await world.locator.locate(.cluster("a"))
        #expect(hosts([target.writer]) == ["a.cluster-abc.eu-west-1.rds.amazonaws.com:5432"])
        #expect(target.readers.isEmpty == (operation == "DescribeDBInstances"))
        #expect(target.unseen.count == 1)
        let reason = "cluster a: \(what) could not be looked up: rds:\(operation) is denied: allow it on arn:aws:rds:"
        #expect(target.unseen.first?.hasPrefix(reason) == true, "\(target.unseen)")
    }

    @Test(arguments: ["reset", "html"])
    func `a Region that does not answer hides none of the instances that are elsewhere`(fault: String) async throws {
        let arns = ["eu-west-1", "us-east-1"].map { AWSStandIn.arn("cluster", "shop", region: $0) }
        var home = AWSStandIn.RDS(
            clusters: [Cluster("shop", members: ["w", "r"])],
            instances: ["w", "r"].map { Instance($0, in: "shop") }
        )
        home.GlobalClusters = [.init("world", clusters: arns)]
        var world = try await AWSStandIn.world()
        world.rds = [
            "eu-west-1": home,
            "us-east-1": AWSStandIn.RDS(clusters: [Cluster("shop", region: "us-east-1", members: [])]),
        ]
        // The instances of the cluster itself are answered for.
        try await world.setFaults([.init(fault, of: "DescribeDBInstances", skip: 1, times: 0)])
        let target = try await world.locator.locate(.cluster("shop"))
        #expect(hosts(target.readers) == ["r.abc.eu-west-1.rds.amazonaws.com:5432"])
        #expect(target.unseen.count == 1)
        let gap = "cluster shop: instances of the follower cluster shop in us-east-1 could not be looked up: "
        #expect(target.unseen.first?.hasPrefix(gap) == true, "\(target.unseen)")
    }

    @Test func `a Region that says nothing takes a third of the time that there is, and hides no deployment`()
        async throws
    {
        let arns = ["eu-west-1", "us-east-1"].map { AWSStandIn.arn("cluster", "shop", region: $0) }
        var home = AWSStandIn.RDS(clusters: [Cluster("shop", members: ["w"])], instances: [Instance("w", in: "shop")])
        home.GlobalClusters = [.init("world", clusters: arns)]
        var world = try await AWSStandIn.world()
        world.rds = ["eu-west-1": home]
        var silence = AWSStandIn.Fault("delay", of: "DescribeDBClusters", skip: 1, times: 0)
        silence.seconds = 60
        try await world.setFaults([silence])
        let deadline = ContinuousClock.now + .seconds(30)
        let target = try await world.locator.locate(.cluster("shop"), deadline: deadline)
        #expect(ContinuousClock.now < deadline - .seconds(10))
        #expect(target.unseen.allSatisfy { $0.contains("the follower cluster shop in us-east-1") }, "\(target.unseen)")
        #expect(target.unclearSides == [])
    }

    @Test func `a read replica that cannot be described hides no other`() async throws {
        var master = Instance("db")
        master.ReadReplicaDBInstanceIdentifiers = ["near", AWSStandIn.arn("db", "far", region: "us-east-1")]
        var world = try await AWSStandIn.world()
        world.rds = ["eu-west-1": AWSStandIn.RDS(instances: [master, Instance("near")])]
        try await world.setFaults([.error("AccessDenied", status: 403, of: "DescribeDBInstances", skip: 1)])
        let target = try await world.locator.locate(.instance("db"))
        #expect(hosts(target.readers) == ["near.abc.eu-west-1.rds.amazonaws.com:5432"])
        #expect(target.unseen.count == 1)
        #expect(target.unseen.first?.contains("the follower instance far in us-east-1") == true, "\(target.unseen)")
    }

    @Test func `a member that RDS does not describe is named`() async throws {
        let rds = AWSStandIn.RDS(clusters: [Cluster("a", members: ["m", "n"])], instances: [Instance("m", in: "a")])
        let target = try await locate(.cluster("a"), ["eu-west-1": rds])
        #expect(target.unseen.count == 1)
        #expect(target.unseen.first?.contains("has a member, n, that RDS does not describe") == true)
    }
}
