// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

/// The program on targets that are looked up, as far as no server is asked.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct LookedUpTargetToolTests {
    private typealias Cluster = AWSStandIn.Cluster
    private typealias Instance = AWSStandIn.DatabaseInstance

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func world(_ clusters: Cluster...) async throws -> AWSStandIn.World {
        var world = try await AWSStandIn.world()
        let instances = clusters.flatMap { cluster in
            cluster.DBClusterMembers.map {
                Instance($0.DBInstanceIdentifier, engine: cluster.Engine, in: cluster.DBClusterIdentifier)
            }
        }
        world.rds = [world.region: AWSStandIn.RDS(clusters: clusters, instances: instances)]
        try await world.set()
        return world
    }

    /// Runs the program with one target for each of these ids of clusters.
    private func run(
        _ arguments: String...,
        in world: AWSStandIn.World,
        clusters: [String] = ["orders"],
        lines: String = ""
    ) async throws -> ChildProcess.Outcome {
        let targets = clusters.map { id in
            """
              - name: \(id)
                mode: enforce
                cluster: \(id)
                region: eu-west-1
                user: p
                groups: { dba: { id: g-1, roles: [dba] } }
            \(lines)
            """
        }
        return try await Tool.run(arguments, in: world, folder: folder, targets: targets)
    }

    @Test func `a cluster with an instance that another target gives by its host is not worked on`() async throws {
        var cluster = Cluster("orders", members: ["o"])
        (cluster.Endpoint, cluster.Port) = ("db.example.com", 5433)
        let target = "mode: enforce, region: eu-west-1, user: p, groups: { dba: { id: g-1, roles: [dba] } } }"
        for (port, isSame) in [(5433, true), (5434, false)] {
            let outcome = try await Tool.run(
                ["plan"],
                in: world(cluster),
                folder: folder,
                targets: [
                    "  - { name: orders, cluster: orders, \(target)",
                    "  - { name: given, engine: postgres, host: DB.example.com., port: \(port), \(target)",
                ]
            )
            let reason = "db.example.com:5433 is target given, too, and each would undo what the other's groups say"
            #expect((outcome.output + outcome.errors).contains(reason) == isSame, "\(outcome)")
        }
    }

    @Test func `nor is that other target, where the host is an instance's own endpoint`() async throws {
        let target = "mode: enforce, region: eu-west-1, user: p, groups: { dba: { id: g-1, roles: [dba] } } }"
        let host = "o.abc.eu-west-1.rds.amazonaws.com"
        let outcome = try await Tool.run(
            ["apply"],
            in: world(Cluster("orders", members: ["o"])),
            folder: folder,
            targets: [
                "  - { name: orders, cluster: orders, \(target)",
                "  - { name: given, engine: postgres, host: \(host), \(target)",
            ]
        )
        #expect(outcome.status == 4, "\(outcome)")
        for other in ["orders", "given"] {
            let reason = "\(host):5432 is target \(other), too, and each would undo what the other's groups say"
            #expect((outcome.output + outcome.errors).contains(reason), "\(outcome)")
        }
    }

    @Test func `of two targets that lead to one cluster, one with a role in the same account, not both are worked on`()
        async throws
    {
        var cluster = Cluster("orders", members: ["o"])
        (cluster.Endpoint, cluster.Port) = ("localhost", 1)
        let target =
            "cluster: orders, mode: enforce, region: eu-west-1, user: p, groups: { dba: { id: g-1, roles: [dba] } }"
        let role = "roleArn: 'arn:aws:iam::123456789012:role/provisioner'"
        let outcome = try await Tool.run(
            ["plan"],
            in: world(cluster),
            folder: folder,
            targets: ["  - { name: one, \(target) }", "  - { name: two, \(target), \(role) }"]
        )
        #expect(outcome.status == 4, "\(outcome)")
        let output = outcome.output + outcome.errors
        let reasons = ["one", "two"].map { "localhost:1 is target \($0), too, and each would undo" }
        #expect(reasons.contains { output.contains($0) }, "\(outcome)")
    }

    @Test func `two targets that are one cluster fail the check of the configuration`() async throws {
        let target = "region: eu-west-1, user: p, groups: { dba: { id: g-1, roles: [dba] } } }"
        let host = "orders.cluster-abc.eu-west-1.rds.amazonaws.com"
        let outcome = try await Tool.run(
            ["config", "check"],
            in: world(),
            folder: folder,
            targets: [
                "  - { name: orders, cluster: orders, \(target)",
                "  - { name: given, engine: postgres, host: \(host), \(target)",
            ]
        )
        #expect(outcome.status == 78, "\(outcome)")
        for (index, other) in ["given", "orders"].enumerated() {
            let problem = "targets[\(index)]: cluster orders is target \(other), too, and each would undo"
            #expect(outcome.errors.contains(problem), "\(outcome)")
        }
    }

    @Test func `a look-up that fails fails its target alone, with one error that says what to do`() async throws {
        var off = Cluster("off", members: ["o"])
        off.IAMDatabaseAuthenticationEnabled = false
        var stopped = Cluster("stopped", members: ["s"])
        stopped.Status = "stopped"
        let outcome = try await run("apply", in: world(off, stopped), clusters: ["off", "stopped", "gone"])
        #expect(outcome.status == 4, "\(outcome)")
        let output = outcome.output + outcome.errors
        for text in [
            "aws rds modify-db-cluster --db-cluster-identifier off",
            "cluster stopped in eu-west-1 is stopped, so nobody",
            "there is no cluster gone in eu-west-1",
        ] {
            #expect(output.split(separator: "\n").count { $0.contains(text) } == 1, "\(outcome)")
        }
    }

    @Test func `a target that is stopped waits for a later run, which is 2`() async throws {
        var stopped = Cluster("orders", members: ["o"])
        stopped.Status = "stopped"
        let outcome = try await run("apply", in: world(stopped))
        #expect(outcome.status == 2, "\(outcome)")
    }

    @Test(arguments: ["starting", "stopping"])
    func `a target that starts or stops may let people in: it fails unless it answers`(status: String) async throws {
        var cluster = Cluster("orders", members: ["o"])
        (cluster.Status, cluster.Endpoint, cluster.Port) = (status, "localhost", 1)
        let outcome = try await run("apply", in: world(cluster))
        #expect(outcome.status == 4 && (outcome.output + outcome.errors).contains("localhost:1"), "\(outcome)")
    }

    @Test func `a role is assumed once, for the look-up and the token`() async throws {
        var cluster = Cluster("orders", engine: "aurora-mysql", members: ["o"])
        (cluster.Endpoint, cluster.Port) = ("localhost", 1)
        let world = try await world(cluster)
        let role = "    roleArn: arn:aws:iam::123456789012:role/provisioner\n    externalId: x"
        let outcome = try await run("apply", in: world, lines: role)
        #expect(outcome.status == 4, "\(outcome)")
        #expect((outcome.output + outcome.errors).contains("localhost:1"), "\(outcome)")
        let calls = try await world.calls()
        #expect(calls.first?.operation == "AssumeRole")
        #expect(calls.dropFirst().count { $0.operation.hasPrefix("Describe") } == 4)
        #expect(calls.count == 5)
        #expect(calls.allSatisfy { $0.verified })
    }

    @Test func `the doctor looks at the credentials of the look-up, though the login is by password`() async throws {
        try folder.write("secret", to: "password")
        let world = try await world(Cluster("orders", members: ["o"]))
        let outcome = try await run("doctor", in: world, lines: "    login: { passwordFile: password }")
        #expect(outcome.output.contains("good     identity: arn:aws:sts::123456789012:user/moto"), "\(outcome)")
    }

    @Test func `what is not for the engine that was found is named`() async throws {
        let mysql = Cluster("orders", engine: "aurora-mysql", members: ["o"])
        let one = try await run("plan", in: world(mysql), lines: "    database: ops")
        #expect((one.output + one.errors).contains("database of orders is for postgres only"), "\(one)")
        let postgres = Cluster("orders", members: ["o"])
        let other = try await run("plan", in: world(postgres), lines: "    accountHost: 10.%")
        #expect((other.output + other.errors).contains("accountHost of orders is for mysql only"), "\(other)")
        #expect((one.status, other.status) == (4, 4))
    }

    @Test func `bootstrap makes statements for the engine and version that were found, with IAM authentication off`()
        async throws
    {
        var postgres = Cluster("orders", members: ["o"])
        (postgres.EngineVersion, postgres.IAMDatabaseAuthenticationEnabled) = ("15.7", false)
        let outcome = try await run("bootstrap", "orders", in: world(postgres))
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.hasPrefix("-- For PostgreSQL 15, by the master user."), "\(outcome)")
        let mysql = try await world(Cluster("orders", engine: "aurora-mysql", members: ["o"]))
        let other = try await run("bootstrap", "orders", in: mysql)
        #expect(other.output.hasPrefix("-- For MySQL, by the master user."), "\(other)")
        #expect(try await run("bootstrap", "orders", "--capacity", "9", in: mysql).status == 64)
    }

    @Test func `a token for a target that is looked up is one for its writer, or for a reader in its own Region`()
        async throws
    {
        var world = try await world(Cluster("orders", members: ["w"]))
        world.rds["eu-west-1"]?.GlobalClusters = [
            .init(
                "world",
                clusters: ["eu-west-1", "us-east-1"].map { AWSStandIn.arn("cluster", "orders", region: $0) }
            )
        ]
        world.rds["us-east-1"] = AWSStandIn.RDS(instances: [Instance("far", region: "us-east-1", in: "orders")])
        try await world.set()
        let writer = try await run("token", "orders", "--user", "ann", in: world)
        #expect(writer.output.hasPrefix("orders.cluster-abc.eu-west-1.rds.amazonaws.com:5432/?"), "\(writer)")
        #expect(writer.output.contains("%2Feu-west-1%2Frds-db%2F"), "\(writer)")
        let reader = try await run("token", "orders", "--user", "ann", "--reader", "1", in: world)
        #expect(reader.output.hasPrefix("far.abc.us-east-1.rds.amazonaws.com:5432/?"), "\(reader)")
        #expect(reader.output.contains("%2Fus-east-1%2Frds-db%2F"), "\(reader)")
        #expect(try await run("token", "orders", "--user", "ann", "--reader", "2", in: world).status == 64)
    }

    @Test func `a person looks a target up and logs in to it as nobody else`() async throws {
        let world = try await world(Cluster("orders", members: ["w"]))
        let role = "    roleArn: arn:aws:iam::123456789012:role/provisioner"
        let outcome = try await run("token", "orders", "--user", "ann", in: world, lines: role)
        #expect(outcome.output.contains("X-Amz-Credential=\(world.accessKeyId)%2F"), "\(outcome)")
        #expect(try await world.calls().allSatisfy { $0.operation.hasPrefix("Describe") })
    }

    @Test func `a target that is looked up needs a Region from somewhere`() async throws {
        let world = try await world()
        let text = Sample.yaml().replacing("    engine: postgres\n    host: db.example.com\n", with: "    cluster: a\n")
        try folder.write(text, to: "sso-sync.yaml")
        var tool = Tool(folder: folder)
        tool.environment = world.environment.merging(["HOME": folder.path]) { $1 }
        let outcome = try await blocking { [tool] in try tool.run("bootstrap", "orders") }
        #expect(outcome.status == 78, "\(outcome)")
        #expect(
            outcome.errors.contains("targets[0].region: is missing: give the region of the server, or set AWS_REGION")
        )
    }
}
