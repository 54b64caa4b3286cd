// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("What carries tags in RDS")
struct RDSTaggedResourceTests {
    private typealias Cluster = AWSStandIn.Cluster
    private typealias Instance = AWSStandIn.DatabaseInstance

    /// What carries these tags in a world whose RDS has this.
    private func tagged(_ tags: [String: String], _ rds: AWSStandIn.RDS) async throws -> [RDSTaggedResource] {
        var world = try await AWSStandIn.world()
        world.rds = ["eu-west-1": rds]
        try await world.set()
        return try await world.locator.resources(tagged: tags)
    }

    private func cluster(_ id: String, _ tags: AWSStandIn.Tag..., source: String? = nil) -> Cluster {
        var cluster = Cluster(id, members: ["\(id)-1"])
        (cluster.TagList, cluster.ReplicationSourceIdentifier) = (tags, source)
        return cluster
    }

    private func instance(_ id: String, _ tags: AWSStandIn.Tag..., in cluster: String? = nil, source: String? = nil)
        -> Instance
    {
        var instance = Instance(id, in: cluster)
        (instance.TagList, instance.ReadReplicaSourceDBInstanceIdentifier) = (tags, source)
        return instance
    }

    @Test func `what carries all tags is found on every page, and members of clusters are none`() async throws {
        let (prod, team) = (AWSStandIn.Tag("env", "prod"), AWSStandIn.Tag("sso-sync", "team a/b"))
        var rds = AWSStandIn.RDS(
            clusters: [
                cluster("z", prod, team), cluster("a", team, AWSStandIn.Tag("x", ""), prod), cluster("half", prod),
                cluster("none"), cluster("other", AWSStandIn.Tag("env", "test"), team),
                cluster("case", AWSStandIn.Tag("Env", "prod"), team),
            ],
            instances: [
                instance("z-1", prod, team, in: "z"), instance("plain"), instance("m", prod, team),
                instance("half", team),
            ]
        )
        rds.pageSize = 2
        rds.DBClusters[0].CustomEndpoints = ["Some.cluster-custom-abc.eu-west-1.rds.amazonaws.com"]
        let found = try await tagged(["env": "prod", "sso-sync": "team a/b"], rds)
        #expect(found.map(\.name) == [.cluster("a"), .cluster("z"), .instance("m")])
        #expect(
            found.map(\.arn) == [
                AWSStandIn.arn("cluster", "a"), AWSStandIn.arn("cluster", "z"), AWSStandIn.arn("db", "m"),
            ]
        )
        #expect(found.first?.tags == ["env": "prod", "sso-sync": "team a/b", "x": ""])
        #expect(found.first?.endpoints == ["a.cluster-abc.eu-west-1.rds.amazonaws.com"])
        let hosts: Set = [
            "z.cluster-abc.eu-west-1.rds.amazonaws.com", "z-1.abc.eu-west-1.rds.amazonaws.com",
            "some.cluster-custom-abc.eu-west-1.rds.amazonaws.com",
        ]
        #expect(found.dropFirst().first?.endpoints == hosts)
        #expect(found.last?.endpoints == ["m.abc.eu-west-1.rds.amazonaws.com"])
        #expect(try await tagged(["env": "prod", "sso-sync": "no"], rds) == [])
    }

    @Test func `a replica that carries the tags is looked for with its source, if that carries them, too`() async throws
    {
        let tag = AWSStandIn.Tag("sso-sync", "yes")
        let rds = AWSStandIn.RDS(
            clusters: [cluster("a", tag), cluster("b", tag, source: AWSStandIn.arn("cluster", "a"))],
            instances: [
                instance("m", tag), instance("n", tag, source: "m"), instance("o", tag, source: "n"),
                instance("alone", tag, source: "other"), instance("other"),
            ]
        )
        let found = try await tagged(["sso-sync": "yes"], rds)
        // The one whose source carries no tags has nobody else who would refuse it by name.
        #expect(found.map(\.name) == [.cluster("a"), .instance("alone"), .instance("m")])
    }

    @Test func `replicas that name each other both stay, and what follows one of them does not`() async throws {
        let tag = AWSStandIn.Tag("sso-sync", "yes")
        let rds = AWSStandIn.RDS(
            clusters: [
                cluster("a", tag, source: AWSStandIn.arn("cluster", "b")),
                cluster("b", tag, source: AWSStandIn.arn("cluster", "a")),
            ],
            instances: [
                instance("m", tag, source: "n"), instance("n", tag, source: "m"), instance("o", tag, source: "n"),
            ]
        )
        let found = try await tagged(["sso-sync": "yes"], rds)
        #expect(found.map(\.name) == [.cluster("a"), .cluster("b"), .instance("m"), .instance("n")])
    }

    @Test func `who may not list instances is told what to allow`() async throws {
        var world = try await AWSStandIn.world()
        world.rds = ["eu-west-1": AWSStandIn.RDS(clusters: [cluster("a", AWSStandIn.Tag("k", "v"))])]
        try await world.setFaults([.error("AccessDenied", status: 403, of: "DescribeDBInstances", times: 0)])
        let locator = world.locator
        let error = try await #require(throws: SyncError.self) { try await locator.resources(tagged: ["k": "v"]) }
        #expect(error.code == .lookUp)
        #expect(error.message.contains("rds:DescribeDBInstances is denied: allow it on arn:aws:rds:eu-west-1:*:db:*"))
    }
}

extension AWSStandIn.World {
    /// Looks in the RDS of this world.
    var locator: RDSTargetLocator {
        RDSTargetLocator(
            region: region,
            credentials: credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: environment)
        )
    }
}
