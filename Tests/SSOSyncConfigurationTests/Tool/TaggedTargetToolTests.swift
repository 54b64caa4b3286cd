// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The program on targets that are found by their tags, as far as no server is asked.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct TaggedTargetToolTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let shop =
        "{ name: shop, mode: enforce, tagged: { sso-sync: shop }, region: eu-west-1, user: p, groups: *g }"
    private static let other = "{ name: other, tagged: { team: b }, region: eu-west-1, user: p, groups: *g }"

    private func cluster(_ id: String, _ tags: AWSStandIn.Tag...) -> AWSStandIn.Cluster {
        var cluster = AWSStandIn.Cluster(id, members: ["\(id)-1"])
        (cluster.Endpoint, cluster.Port, cluster.TagList) = ("localhost", 1, tags)
        return cluster
    }

    private func instance(_ id: String, in cluster: String? = nil, _ tags: AWSStandIn.Tag...)
        -> AWSStandIn.DatabaseInstance
    {
        var instance = AWSStandIn.DatabaseInstance(id, in: cluster)
        (instance.Endpoint, instance.TagList) = (.init("localhost", 1), tags)
        return instance
    }

    /// A world with the clusters orders and stock and the instance till that are the shop's, and others.
    private func world() async throws -> AWSStandIn.World {
        let shop = AWSStandIn.Tag("sso-sync", "shop")
        var world = try await AWSStandIn.world()
        world.rds = [
            world.region: AWSStandIn.RDS(
                clusters: [
                    cluster("stock", shop), cluster("orders", shop), cluster("else", AWSStandIn.Tag("team", "b")),
                ],
                instances: ["stock", "orders", "else"].map { (id: String) in instance("\(id)-1", in: id) }
                    + [instance("till", shop)]
            )
        ]
        try await world.set()
        return world
    }

    private func run(_ arguments: String..., in world: AWSStandIn.World, targets: [String] = [shop]) async throws
        -> ChildProcess.Outcome
    {
        try await run(arguments, in: world, targets: targets)
    }

    private func run(
        _ arguments: [String],
        in world: AWSStandIn.World,
        targets: [String]
    ) async throws -> ChildProcess.Outcome {
        let rules = "{ dba: { id: g-1, roles: [dba] } }"
        let lines = targets.map { "  - \($0.replacing("*g", with: rules))" }
        return try await Tool.run(arguments, in: world, folder: folder, targets: lines)
    }

    private struct Report: Decodable {
        struct Target: Decodable {
            struct Failure: Decodable { let message: String }

            let target: String
            let failure: Failure?
        }

        let targets: [Target]
    }

    /// What became of each target.
    private func failures(_ outcome: ChildProcess.Outcome) throws -> [String: String] {
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        return Dictionary(report.targets.map { ($0.target, $0.failure?.message ?? "") }) { "\($0) and \($1)" }
    }

    @Test func `whatever carries the tags is a target, and each name leads to it`() async throws {
        let world = try await world()
        let everything = try failures(try await run("plan", "--format", "json", in: world))
        #expect(everything.keys.sorted() == ["shop/orders", "shop/stock", "shop/till"])
        #expect(everything.values.allSatisfy { $0.contains("localhost:1") }, "\(everything)")
        for (names, found) in [
            (["shop"], ["shop/orders", "shop/stock", "shop/till"]), (["shop/till"], ["shop/till"]),
            (["shop/till", "shop/stock"], ["shop/stock", "shop/till"]),
        ] {
            let options = names.flatMap { ["--target", $0] }
            let outcome = try await run(
                ["apply", "--format", "json"] + options,
                in: world,
                targets: [Self.shop, Self.other]
            )
            #expect(try failures(outcome).keys.sorted() == found)
        }
        let unknown = try await run("plan", "--target", "shop/til", in: world)
        #expect(unknown.status == 64 && unknown.errors.contains(#"did you mean "shop/till"?"#), "\(unknown)")
        let doctor = try await run("doctor", "--json", "--target", "shop", in: world)
        #expect(doctor.output.contains(#""name":"target shop/till""#), "\(doctor)")
    }

    @Test func `if nothing carries the tags, the error says which, where, and in whose account`() async throws {
        let target = Self.shop.replacing("sso-sync: shop", with: "sso-sync: stop, env: prod")
        let world = try await world()
        let outcome = try await run("apply", "--format", "json", in: world, targets: [target, Self.other])
        #expect(outcome.status == 4)
        let failures = try failures(outcome)
        // The other target is worked on all the same.
        #expect(failures.keys.sorted() == ["other/else", "shop"])
        let problem =
            "no cluster, and no instance in none, carries the tags env=prod, sso-sync=stop in eu-west-1, in account 123456789012"
        #expect(failures["shop"]?.hasPrefix(problem) == true, "\(failures)")
        let one = try await run("plan", "--format", "json", "--target", "shop/orders", in: world, targets: [target])
        #expect(try self.failures(one)["shop"]?.hasPrefix(problem) == true, "\(one)")
    }

    @Test func `a look-up that fails fails its target alone`() async throws {
        let abroad = Self.other.replacing("eu-west-1", with: "us-east-1")
        var world = try await world()
        world.rds["us-east-1"] = AWSStandIn.RDS()
        try await world.setFaults([.error("AccessDenied", status: 403, of: "DescribeDBInstances", times: 1)])
        let outcome = try await run("plan", "--format", "json", in: world, targets: [Self.shop, abroad])
        #expect(outcome.status == 4)
        let failures = try failures(outcome)
        #expect(failures.values.count { $0.contains("rds:DescribeDBInstances is denied") } == 1, "\(failures)")
        #expect(failures.count == 2 || failures.count == 4)
    }

    @Test(arguments: ["DescribeBlueGreenDeployments", "DescribeGlobalClusters"])
    func `what RDS does not say whether it takes writes is worked on if it is given by its id, and not for its tags`(
        operation: String
    ) async throws {
        var world = try await world()
        try await world.setFaults([.error("AccessDenied", status: 403, of: operation, times: 0)])
        let failures = try failures(try await run("apply", "--format", "json", in: world))
        // Only Aurora has global databases.
        let unclear =
            ["shop/orders", "shop/stock"] + (operation == "DescribeBlueGreenDeployments" ? ["shop/till"] : [])
        #expect(failures.filter { $0.value.contains("nobody knows whether it takes writes") }.keys.sorted() == unclear)
        #expect(failures["shop/orders"]?.contains("rds:\(operation) is denied: allow it") == true, "\(failures)")
        let given = "{ name: given, cluster: orders, region: eu-west-1, user: p, groups: *g }"
        let outcome = try await run("apply", "--format", "json", in: world, targets: [given])
        #expect(try self.failures(outcome)["given"]?.contains("localhost:1") == true, "\(outcome)")
    }

    @Test func `what was approved for a target that is gone fails it, and the others are worked on`() async throws {
        let world = try await world()
        _ = try await run("config", "check", in: world)
        let configuration = try ConfigurationFile(path: folder.file("sso-sync.yaml"), documents: Sample.documents)
        let plans = ["shop/gone", "shop/orders"].map { name in
            let policy = Policy(target: TargetName(name), owner: "prod", mode: .enforce, groups: [])
            return TargetReport(target: TargetName(name), plan: World.plan(policy: policy, now: .now))
        }
        let file = try #require(
            PlanFile(World.report(.plan, plans), configuration: configuration.fingerprint, scope: .everyone)
        )
        try file.write(to: folder.file("plan.json"))
        let approved = ["--plan", "plan.json", "--approve", file.approvalHash]
        let outcome = try await run(["apply", "--format", "json"] + approved, in: world, targets: [Self.shop])
        #expect(outcome.status == 4, "\(outcome)")
        let failures = try failures(outcome)
        #expect(failures.keys.sorted() == ["shop/gone", "shop/orders"], "\(outcome)")
        #expect(failures["shop/gone"] == "target shop/gone was approved, and carries its tags no more: make a new plan")
        #expect(failures["shop/orders"]?.contains("localhost:1") == true, "\(failures)")
    }

    /// The world, with the shop's tag on the cluster that is the other's.
    private func disputed() async throws -> AWSStandIn.World {
        var world = try await world()
        world.rds["eu-west-1"]?.DBClusters[2].TagList.append(AWSStandIn.Tag("sso-sync", "shop"))
        try await world.set()
        return world
    }

    @Test func `nothing becomes two targets, which would undo each other's work`() async throws {
        let given = "{ name: given, cluster: orders, region: eu-west-1, user: p, groups: *g }"
        let again = Self.shop.replacing("name: shop", with: "name: again").replacing(
            "{ sso-sync: shop }",
            with: "{ sso-sync: shop, x: y }"
        )
        var world = try await world()
        world.rds["eu-west-1"]?.DBInstances[3].TagList.append(AWSStandIn.Tag("x", "y"))
        try await world.set()
        let outcome = try await run("plan", "--format", "json", in: world, targets: [Self.shop, again, given])
        let failures = try failures(outcome)
        #expect(failures.keys.sorted() == ["again/till", "given", "shop/orders", "shop/stock", "shop/till"])
        #expect(failures["shop/orders"]?.hasPrefix("cluster orders is target given already") == true, "\(failures)")
        for (name, other) in [("again", "shop"), ("shop", "again")] {
            let reason = "instance till is target \(other)'s by its tags, too, and each would undo"
            #expect(failures["\(name)/till"]?.hasPrefix(reason) == true, "\(failures)")
        }
        for name in ["given", "shop/stock"] { #expect(failures[name]?.contains("localhost:1") == true) }
    }

    @Test func `what carries two targets' tags is worked on by neither, whoever is wanted`() async throws {
        let world = try await disputed()
        for (wanted, other) in [("shop", "other"), ("other", "shop")] {
            let outcome = try await run(
                ["apply", "--format", "json", "--target", "\(wanted)/else"],
                in: world,
                targets: [Self.shop, Self.other]
            )
            let failures = try failures(outcome)
            let reason = "cluster else is target \(other)'s by its tags, too"
            #expect(failures.count == 1 && failures["\(wanted)/else"]?.hasPrefix(reason) == true, "\(failures)")
        }
    }

    @Test func `what carries two targets' tags is worked on by neither, also if one look-up fails`() async throws {
        var world = try await disputed()
        try await world.setFaults([.error("AccessDenied", status: 403, of: "DescribeDBInstances", times: 1)])
        let outcome = try await run("plan", "--format", "json", in: world, targets: [Self.shop, Self.other])
        let failures = try failures(outcome)
        #expect(failures.values.count { $0.contains("rds:DescribeDBInstances is denied") } == 1, "\(failures)")
        // Whichever of the two has asked first.
        let found = failures.filter { $0.key.hasSuffix("/else") }
        #expect(found.count == 1, "\(failures)")
        #expect(found.values.allSatisfy { $0.contains("by its tags, too") }, "\(failures)")
    }

    @Test(arguments: [("123456789012", true), ("210987654321", false)])
    func `a target that cannot look in the same account disputes nothing, and one that cannot look at all may`(
        account: String,
        isDisputed: Bool
    ) async throws {
        let role = "roleArn: 'arn:aws:iam::\(account):role/reader', user: p"
        var world = try await disputed()
        try await world.setFaults([.error("AccessDenied", status: 403, of: "AssumeRole", times: 0)])
        let targets = [Self.shop, Self.other.replacing("user: p", with: role)]
        let failures = try failures(try await run("plan", "--format", "json", in: world, targets: targets))
        #expect(failures.keys.sorted() == ["other", "shop/else", "shop/orders", "shop/stock", "shop/till"])
        let reason = isDisputed ? "cluster else is target other's by its tags, too" : "localhost:1"
        #expect(failures["shop/else"]?.contains(reason) == true, "\(failures)")
    }

    @Test func `what is given by its host, too, is not worked on by its tags`() async throws {
        let given =
            "{ name: given, engine: postgres, host: LocalHost, port: 1, region: eu-west-1, user: p, groups: *g }"
        var world = try await world()
        world.rds["eu-west-1"]?.DBInstances[3].Endpoint = .init("127.0.0.1", 1)
        // The cluster's writer endpoint is another one, and its member's is not.
        world.rds["eu-west-1"]?.DBClusters[0].Endpoint = "127.0.0.1"
        try await world.set()
        let outcome = try await run("plan", "--format", "json", in: world, targets: [Self.shop, given])
        let failures = try failures(outcome)
        #expect(failures.keys.sorted() == ["given", "shop/orders", "shop/stock", "shop/till"])
        for id in ["orders", "stock"] {
            let reason = "cluster \(id) is target given already, and each would undo"
            #expect(failures["shop/\(id)"]?.hasPrefix(reason) == true, "\(failures)")
        }
        #expect(failures["shop/till"]?.contains("127.0.0.1:1") == true, "\(failures)")
        #expect(failures["given"]?.lowercased().contains("localhost:1") == true, "\(failures)")
    }

    @Test func `a cluster and an instance of one name are told apart`() async throws {
        var world = try await world()
        world.rds["eu-west-1"]?.DBInstances.append(instance("stock", AWSStandIn.Tag("sso-sync", "shop")))
        try await world.set()
        let failures = try failures(try await run("plan", "--format", "json", in: world))
        #expect(failures["shop/stock"]?.contains("localhost:1") == true, "\(failures)")
        #expect(failures["shop/stock (instance)"]?.hasPrefix("a cluster is called stock, too") == true, "\(failures)")
        // That the cluster is somebody else's hides neither.
        let given = "{ name: given, cluster: stock, region: eu-west-1, user: p, groups: *g }"
        let outcome = try await run("plan", "--format", "json", in: world, targets: [Self.shop, given])
        let others = try self.failures(outcome)
        #expect(others["shop/stock"]?.hasPrefix("cluster stock is target given already") == true, "\(others)")
        #expect(others["shop/stock (instance)"]?.hasPrefix("a cluster is called stock, too") == true, "\(others)")
        let doctor = try await run("doctor", "--json", in: world, targets: [Self.shop, given])
        #expect(doctor.output.contains(#""name":"target shop/stock (instance)""#), "\(doctor)")
    }

    @Test func `a target that loses its tag is not a target any more`() async throws {
        var world = try await world()
        world.rds["eu-west-1"]?.DBClusters[0].TagList = []
        try await world.set()
        let failures = try failures(try await run("apply", "--format", "json", in: world))
        #expect(failures.keys.sorted() == ["shop/orders", "shop/till"])
    }

    @Test func `people log in to one of those that were found, and its provisioner is made by its name`() async throws {
        let world = try await world()
        let token = try await run("token", "shop/till", "--user", "ann", in: world)
        #expect(token.output.hasPrefix("localhost:1/?"), "\(token)")
        let several = try await run("token", "shop", "--user", "ann", in: world)
        #expect(several.status == 64, "\(several)")
        #expect(several.errors.contains(#"Target "shop" is several: say which of shop/orders, shop/stock, shop/till"#))
        let only = try await run("token", "other", "--user", "ann", in: world, targets: [Self.other])
        #expect(only.output.hasPrefix("localhost:1/?"), "\(only)")
        let bootstrap = try await run("bootstrap", "shop/orders", in: world)
        #expect(bootstrap.output.hasPrefix("-- For PostgreSQL 16, by the master user."), "\(bootstrap)")
    }

    @Test func `people log in to what two targets dispute, and not to what is in another account`() async throws {
        let world = try await disputed()
        let login = try await run(
            ["token", "other/else", "--user", "ann"],
            in: world,
            targets: [Self.shop, Self.other]
        )
        #expect(login.output.hasPrefix("localhost:1/?"), "\(login)")
        // Only what is logged in to is looked for.
        #expect(try await world.calls().count { $0.operation == "DescribeDBClusters" } == 2)
        let role = "roleArn: 'arn:aws:iam::210987654321:role/reader', user: p"
        let abroad = Self.shop.replacing("user: p", with: role)
        let token = try await run("token", "shop/till", "--user", "ann", in: world, targets: [abroad])
        let reason = "your credentials look in account 123456789012, and target shop is in account 210987654321"
        #expect(token.status != 0 && token.output.isEmpty && token.errors.contains(reason), "\(token)")
    }

    @Test func `what all that were found have in common is the matter once, at the place in the configuration`()
        async throws
    {
        let login = "login: { passwordFile: nowhere }, user: p"
        let target = Self.other.replacing("user: p", with: login)
        let shop = Self.shop.replacing("user: p", with: login)
        let outcome = try await run("plan", in: try await world(), targets: [target, shop])
        #expect(outcome.status == 78, "\(outcome)")
        for index in 0...1 {
            let problem = "targets[\(index)].login.passwordFile: the password file nowhere does not exist"
            #expect(outcome.errors.split(separator: "\n").count { $0.hasSuffix(problem) } == 1, "\(outcome)")
        }
    }

    @Test func `config check asks nobody for targets, nor does a run of others`() async throws {
        let world = try await world()
        let check = try await run("config", "check", in: world)
        #expect(check.status == 0 && check.output.contains("shop: mode enforce"), "\(check)")
        #expect(try await world.calls().isEmpty)
        let given = "{ name: given, cluster: orders, region: eu-west-1, user: p, groups: *g }"
        _ = try await run("plan", "--target", "given", in: world, targets: [Self.shop, given])
        // The given one's own description, and what surrounds it.
        #expect(try await world.calls().map(\.operation).filter { $0 == "DescribeDBClusters" }.count == 1)
    }
}
