// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// One server that is two targets, one by its host and one by its id, where only RDS shows it.
@Suite(.timeLimit(.minutes(2)))
struct SharedServersTests {
    private typealias Instance = AWSStandIn.DatabaseInstance

    private static let member = "o.abc.eu-west-1.rds.amazonaws.com"
    private static let foreign = "x.abc.eu-west-1.rds.amazonaws.com"

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A world with the cluster `orders`, of the instances `o` and `r`.
    private func world(_ faults: AWSStandIn.Fault...) async throws -> AWSStandIn.World {
        var cluster = AWSStandIn.Cluster("orders", members: ["o", "r"])
        cluster.ReaderEndpoint = "orders.cluster-ro-abc.eu-west-1.rds.amazonaws.com"
        cluster.CustomEndpoints = ["all.cluster-custom-abc.eu-west-1.rds.amazonaws.com"]
        let instances = ["o", "r"].map { Instance($0, engine: cluster.Engine, in: "orders") }
        var world = try await AWSStandIn.world()
        world.rds = [world.region: AWSStandIn.RDS(clusters: [cluster], instances: instances)]
        world.faults = faults
        try await world.set()
        return world
    }

    /// Targets that are given by these hosts, and `orders`, which is looked up; without their password, so that whoever works
    /// on one fails by that, and no server is asked.
    private func assembly(
        in world: AWSStandIn.World,
        hosts: [String],
        clusters: [String] = ["orders"],
        engine: String = "postgres",
        region: String = "eu-west-1",
        only: Set<TargetName>? = nil
    ) throws -> [TargetName: SyncEngine.Target] {
        let password = try folder.write("secret", to: "password")
        let rest = "user: p, groups: [dba], login: { passwordFile: '\(password)' } }"
        let given = hosts.enumerated().map {
            "  - { name: given\($0), engine: \(engine), host: '\($1)', port: 5432, \(rest)"
        }
        let found = clusters.map { "  - { name: \($0), cluster: \($0), region: \(region), \(rest)" }
        let text = """
            version: 1
            owner: prod
            directory: { file: { path: people.yaml } }
            targets:
            \((given + found).joined(separator: "\n"))
            """
        let environment = world.environment.merging(["AWS_MAX_ATTEMPTS": "1", "HOME": folder.path]) { $1 }
        let assembly = try Assembly(
            Sample.configuration(text, file: "c.yaml"),
            aws: AWSAccess(environment: environment),
            environment: environment,
            documents: Sample.documents,
            targets: only
        )
        try FileManager.default.removeItem(atPath: password)
        return Dictionary(uniqueKeysWithValues: assembly.targets.map { ($0.policy.target, $0) })
    }

    /// Why a target cannot be worked on in a run.
    private func failure(_ target: SyncEngine.Target?, run: String = "r") async throws -> String {
        let provisioner = try #require(target).provisioner
        let error = await #expect(throws: SyncError.self) {
            let deadline = ContinuousClock.now + .seconds(60)
            return try await provisioner.openSession(SessionAccess(.writing, runId: run, deadline: deadline))
        }
        return try #require(error).message
    }

    private static let hosts = [
        member, "R.abc.EU-west-1.rds.amazonaws.com.", "orders.cluster-abc.eu-west-1.rds.amazonaws.com",
        "all.cluster-custom-abc.eu-west-1.rds.amazonaws.com", "orders.cluster-ro-abc.eu-west-1.rds.amazonaws.com",
    ]

    @Test(arguments: hosts, ["given0 first", "orders first"])
    func `neither is worked on, whichever has its turn first`(host: String, order: String) async throws {
        let targets = try assembly(in: try await world(), hosts: [host])
        let names: [TargetName] = order == "given0 first" ? ["given0", "orders"] : ["orders", "given0"]
        for name in names {
            let other = name == "orders" ? "given0" : "orders"
            let message = try await failure(targets[name])
            #expect(message.contains(":5432 is target \(other), too, and each would undo"), "\(name): \(message)")
        }
    }

    @Test(arguments: ["postgres", "mysql"])
    func `a host that RDS says is nobody else's is worked on`(engine: String) async throws {
        let world = try await world()
        let targets = try assembly(in: world, hosts: [Self.foreign, "db.internal"], engine: engine)
        for name in ["given0", "given1"] as [TargetName] {
            let message = try await failure(targets[name])
            #expect(message.contains("password"), "\(name): \(message)")
        }
        #expect(try await failure(targets["orders"]).contains("password"))
    }

    @Test func `one that is looked up counts in a run that is not about it, too`() async throws {
        let targets = try assembly(in: try await world(), hosts: [Self.member], only: ["given0"])
        #expect(targets.count == 1)
        #expect(try await failure(targets["given0"]).contains("is target orders, too"))
    }

    @Test func `one that cannot be looked up keeps nobody from being worked on, until RDS has said what it is`()
        async throws
    {
        let denied = AWSStandIn.Fault.error("AccessDenied", status: 403, of: "DescribeDBClusters")
        let targets = try assembly(in: try await world(denied), hosts: [Self.member])
        #expect(try await failure(targets["given0"]).contains("password"))
        // The look-up of the target itself is another one.
        #expect(try await failure(targets["orders"]).contains("is target given0, too"))
        #expect(try await failure(targets["given0"]).contains("is target orders, too"))
    }

    @Test func `the next run asks again`() async throws {
        let denied = AWSStandIn.Fault.error("AccessDenied", status: 403, of: "DescribeDBClusters")
        let targets = try assembly(in: try await world(denied), hosts: [Self.member])
        #expect(try await failure(targets["given0"]).contains("password"))
        #expect(try await failure(targets["given0"], run: "r2").contains("is target orders, too"))
    }

    /// Who is looked up first finds what the other one was until then.
    @Test func `two clusters whose ids were exchanged are two again once both were looked up`() async throws {
        func cluster(_ id: String, of resource: String) -> AWSStandIn.Cluster {
            var cluster = AWSStandIn.Cluster(id, members: [resource])
            cluster.DbClusterResourceId = "cluster-\(resource)"
            return cluster
        }
        let names: [TargetName] = ["orders", "orders-new"]
        var world = try await AWSStandIn.world()
        let instances = ["x", "y"].map { Instance($0, engine: "aurora-postgresql") }
        let targets = try assembly(in: world, hosts: [], clusters: names.map(\.rawValue))
        for (orders, other) in [("x", "y"), ("y", "x")] {
            let clusters = [cluster("orders", of: orders), cluster("orders-new", of: other)]
            world.rds[world.region] = AWSStandIn.RDS(clusters: clusters, instances: instances)
            try await world.set()
            for name in names { _ = try await failure(targets[name], run: "first of \(orders)") }
            for name in names {
                let message = try await failure(targets[name], run: "second of \(orders)")
                #expect(message.contains("password"), "\(name): \(message)")
            }
        }
    }

    /// Without its instances, nobody knows whether the host is one of them.
    @Test func `half an answer is asked for again, and takes nothing from what was known`() async throws {
        let denied = AWSStandIn.Fault.error("AccessDenied", status: 403, of: "DescribeDBInstances")
        let targets = try assembly(in: try await world(denied), hosts: [Self.member])
        #expect(try await failure(targets["given0"]).contains("password"))
        #expect(try await failure(targets["given0"], run: "r2").contains("is target orders, too"))

        var world = try await world()
        let known = try assembly(in: world, hosts: [Self.member, Self.foreign])
        #expect(try await failure(known["given0"]).contains("is target orders, too"))
        try await world.setFaults([.error("AccessDenied", status: 403, of: "DescribeDBInstances", times: 9)])
        _ = try await failure(known["orders"], run: "r2")
        #expect(try await failure(known["given0"], run: "r3").contains("is target orders, too"))
    }

    @Test(arguments: [
        "o.abc.rds.cn-north-1.amazonaws.com.cn", "o.abc.cn-north-1.rds.amazonaws.com.cn",
    ])
    func `a host in China is one of RDS's`(host: String) async throws {
        var world = try await world()
        world.rds["cn-north-1"] = world.rds[world.region]
        try await world.set()
        let targets = try assembly(in: world, hosts: [host], region: "cn-north-1")
        _ = try await failure(targets["given0"])
        #expect(try await world.calls().map(\.region).contains("cn-north-1"))
    }

    @Test func `several targets of a run ask once, and the next runs go by the answer`() async throws {
        let world = try await world()
        let targets = try assembly(in: world, hosts: [Self.foreign, Self.member])
        async let one = failure(targets["given0"])
        async let two = failure(targets["given1"])
        #expect(try await (one.contains("password"), two.contains("is target orders, too")) == (true, true))
        _ = try await failure(targets["given0"], run: "r2")
        let calls = try await world.calls().map(\.operation)
        #expect(calls == ["DescribeDBClusters", "DescribeDBInstances"])
    }

    @Test func `nobody is asked about what is in another Region, or for a name that is not RDS's`() async throws {
        let world = try await world()
        let elsewhere = try assembly(in: world, hosts: [Self.member], region: "us-east-1")
        #expect(try await failure(elsewhere["given0"]).contains("password"))
        let internally = try assembly(in: world, hosts: ["db.internal"])
        #expect(try await failure(internally["given0"]).contains("password"))
        #expect(try await world.calls() == [])
    }

    @Test(arguments: ["postgres", "mysql"])
    func `the doctor still looks at a server that is given, and tells what is known`(engine: String) async throws {
        let targets = try assembly(in: try await world(), hosts: [Self.member], engine: engine)
        let target = try #require(targets["given0"])
        let given = try #require(target.provisioner as? any HealthExamining)
        let before = await given.healthChecks(for: target.policy)
        #expect(before.contains { $0.found.contains("password") }, "\(before)")
        #expect(!before.contains { $0.name == "lookUp" })
        _ = try await failure(target)
        let after = await given.healthChecks(for: target.policy)
        #expect(after.contains { $0.name == "lookUp" && $0.status == .failed && $0.found.contains("target orders") })
        #expect(after.filter { $0.name != "lookUp" } == before)
    }
}
