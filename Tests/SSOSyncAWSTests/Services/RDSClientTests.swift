// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@Suite("Calls to RDS, signed for real")
struct RDSClientTests {
    private func awsClient(_ world: AWSStandIn.World) throws -> AWSClient {
        try AWSClient(
            .rds,
            region: world.region,
            credentials: world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: world.environment)
        )
    }

    private func client(_ world: AWSStandIn.World) throws -> RDSClient { RDSClient(try awsClient(world)) }

    /// A world whose RDS has this in its Region.
    private func world(_ rds: AWSStandIn.RDS) async throws -> AWSStandIn.World {
        var world = try await AWSStandIn.world()
        world.rds = [world.region: rds]
        try await world.set()
        return world
    }

    /// moto's answers are not ours: what is read from them is not only what we believe to be there.
    @Test func `clusters and instances are read as moto describes them`() async throws {
        let world = try await AWSStandIn.world()
        let (aws, rds) = (try awsClient(world), try client(world))
        let id = "c\(world.accessKeyId.lowercased())"
        let login = [("MasterUsername", "admin"), ("MasterUserPassword", "correct-horse")]
        _ = try await aws.query(
            "CreateDBCluster",
            [
                ("DBClusterIdentifier", id), ("Engine", "aurora-postgresql"),
                ("EnableIAMDatabaseAuthentication", "true"),
            ] + login
        )
        for instance in ["a", "b"] {
            _ = try await aws.query(
                "CreateDBInstance",
                [
                    ("DBInstanceIdentifier", "\(id)-\(instance)"), ("DBInstanceClass", "db.r6g.large"),
                    ("Engine", "aurora-postgresql"), ("DBClusterIdentifier", id),
                ]
            )
        }
        let cluster = try #require(try await rds.cluster(id.uppercased()))
        #expect(cluster.id == id)
        #expect(cluster.arn == "arn:aws:rds:eu-west-1:123456789012:cluster:\(id)")
        #expect(cluster.resourceId.hasPrefix("cluster-"))
        #expect(cluster.engine == "aurora-postgresql")
        #expect(cluster.status == "available")
        #expect(cluster.host?.contains(id) == true)
        #expect(cluster.port == 5_432)
        #expect(cluster.hasIAMAuthentication)
        #expect(cluster.members.map(\.instance).sorted() == ["\(id)-a", "\(id)-b"])
        #expect(cluster.members.count(where: \.isWriter) == 1)

        let instances = try await items(rds.instances(ofCluster: id))
        #expect(instances.map(\.id).sorted() == ["\(id)-a", "\(id)-b"])
        #expect(instances.allSatisfy { $0.cluster == id && $0.host != nil && $0.port != nil })
        let one = try #require(try await rds.instance("\(id)-a"))
        #expect(one.resourceId.hasPrefix("db-"))
        #expect(try await world.calls().allSatisfy(\.verified))
    }

    @Test func `what is not there is nil`() async throws {
        let rds = try client(try await AWSStandIn.world())
        #expect(try await rds.cluster("no-such-cluster") == nil)
        #expect(try await rds.instance("no-such-instance") == nil)
    }

    @Test func `lists come page by page, each asked for with the marker of the last`() async throws {
        let names = (0..<7).map { "db\($0)" }
        var facts = AWSStandIn.RDS(instances: names.map { AWSStandIn.DatabaseInstance($0, in: "c") })
        facts.GlobalClusters = (0..<5).map {
            AWSStandIn.GlobalCluster("g\($0)", clusters: [AWSStandIn.arn("cluster", "c")])
        }
        facts.BlueGreenDeployments = (0..<3).map {
            AWSStandIn.Deployment("bgd-\($0)", source: AWSStandIn.arn("db", "db0"), target: nil, status: "PROVISIONING")
        }
        facts.pageSize = 3
        let world = try await world(facts)
        let rds = try client(world)
        #expect(try await items(rds.instances(ofCluster: "c")).map(\.id) == names)
        #expect(try await items(rds.globalClusters()).map(\.id) == (0..<5).map { "g\($0)" })
        let deployments = try await items(rds.blueGreenDeployments())
        #expect(deployments.map(\.id) == (0..<3).map { "bgd-\($0)" })
        #expect(deployments.allSatisfy { $0.target == nil && $0.isInProgress })
        #expect(try await world.calls().map(\.status) == Array(repeating: 200, count: 3 + 2 + 1))
    }

    @Test(arguments: [
        ("DescribeDBClusters", "arn:aws:rds:eu-west-1:*:cluster:orders"),
        ("DescribeDBInstances", "arn:aws:rds:eu-west-1:*:db:*"),
        ("DescribeGlobalClusters", "arn:aws:rds::*:global-cluster:*"),
        ("DescribeBlueGreenDeployments", "arn:aws:rds:eu-west-1:*:deployment:*"),
    ])
    func `whoever is denied a call is told which action to allow on what`(operation: String, resource: String)
        async throws
    {
        var world = try await world(.init())
        try await world.setFaults([.error("AccessDenied", status: 403, times: 0)])
        let rds = try client(world)
        let error = try await #require(throws: AWSError.self) {
            switch operation {
            case "DescribeDBClusters": _ = try await rds.cluster("orders")
            case "DescribeDBInstances": _ = try await items(rds.instances(ofCluster: "orders"))
            case "DescribeGlobalClusters": _ = try await items(rds.globalClusters())
            default: _ = try await items(rds.blueGreenDeployments())
            }
        }
        #expect(error.code == .accessDenied)
        #expect(error.message.contains("rds:\(operation) is denied: allow it on \(resource) to the caller"), "\(error)")
    }

    @Test(arguments: ["empty", "object", "cut", "truncate", "html"])
    func `an answer that is not whole is an error, and no empty list`(fault: String) async throws {
        var world = try await world(.init(instances: [AWSStandIn.DatabaseInstance("db0", in: "c")]))
        var spoiled = AWSStandIn.Fault(fault, times: 0)
        spoiled.status = 400
        try await world.setFaults([spoiled])
        let rds = try client(world)
        await #expect(throws: AWSError.self) { try await items(rds.instances(ofCluster: "c")) }
        await #expect(throws: AWSError.self) { try await rds.cluster("c") }
    }

    @Test func `a cluster that was not asked for, or of which something is missing, is an error`() async throws {
        let text = "<DescribeDBClustersResponse><DescribeDBClustersResult>"
        let end = "</DescribeDBClustersResult></DescribeDBClustersResponse>"
        let good =
            "<DBCluster><DBClusterIdentifier>a</DBClusterIdentifier><DBClusterArn>arn</DBClusterArn><Status>available</Status>"
            + "<DbClusterResourceId>cluster-A</DbClusterResourceId><Engine>mysql</Engine></DBCluster>"
        func read(_ body: String, _ id: String) async throws -> RDSCluster? {
            let client = try AWSClient(
                .rds,
                region: "eu-west-1",
                credentials: nil,
                transport: CannedTransport(text + body + end)
            )
            return try await RDSClient(client).cluster(id)
        }
        #expect(try await read("<DBClusters>\(good)</DBClusters>", "A")?.engine == "mysql")
        let bad = [
            "", "<DBClusters/>", "<DBClusters>\(good)\(good)</DBClusters>",
            "<DBClusters>\(good.replacing("<Engine>mysql</Engine>", with: ""))</DBClusters>",
            "<DBClusters>\(good.replacing("<Status>", with: "<DBClusterMembers><DBClusterMember/></DBClusterMembers><Status>"))</DBClusters>",
        ]
        for body in bad {
            let error = await #expect(throws: AWSError.self, "\(body)") { try await read(body, "a") }
            #expect(error?.code == .badResponse)
        }
        await #expect(throws: AWSError.self) { try await read("<DBClusters>\(good)</DBClusters>", "b") }
    }

    @Test func `a list in which one thing cannot be read is an error, and no shorter list`() async throws {
        let good = "<GlobalClusterMember><GlobalClusterIdentifier>g</GlobalClusterIdentifier></GlobalClusterMember>"
        func read(_ list: String, _ end: String = "") async throws -> [RDSGlobalCluster] {
            let body =
                "<R><DescribeGlobalClustersResult><GlobalClusters>\(list)</GlobalClusters>\(end)</DescribeGlobalClustersResult></R>"
            let transport = CannedTransport(body)
            let client = try AWSClient(.rds, region: "eu-west-1", credentials: nil, transport: transport)
            return try await items(RDSClient(client).globalClusters())
        }
        #expect(try await read(good + good).count == 2)
        #expect(try await read(good, "<Marker></Marker>").count == 1)
        let error = await #expect(throws: AWSError.self) { try await read(good + "<GlobalClusterMember/>") }
        #expect(error?.code == .badResponse)
    }
}

/// Answers every request with the same text.
private struct CannedTransport: HTTPTransport {
    let body: String

    init(_ body: String) { self.body = body }

    func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
        HTTPResponse(status: 200, headers: HTTPHeaders([]), body: Array(body.utf8))
    }
}

private func items<Item>(_ pages: PageSequence<RDSPage<Item>>) async throws -> [Item] {
    var items: [Item] = []
    for try await page in pages { items += page.items }
    return items
}
