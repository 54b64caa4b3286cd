// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// What the configuration says about targets that are looked up.
struct LookedUpTargetTests {
    private static let host = "    engine: postgres\n    host: db.example.com\n"

    private static func yaml(_ lines: String, _ others: String = "") -> String {
        Sample.yaml("    groups: [dba]\n" + others).replacing(host, with: lines + "\n")
    }

    @Test func `a cluster or an instance is given by its id, in lower case as RDS keeps it`() throws {
        let role = "    roleArn: arn:aws:iam::111111111111:role/a\n    externalId: x"
        let cluster = try Sample.configuration(Self.yaml("    cluster: Database-1", role), file: "c.yaml").targets[0]
        #expect(cluster.location == .cluster("database-1"))
        #expect(cluster.roleArn == "arn:aws:iam::111111111111:role/a")
        #expect(cluster.externalId == "x")
        let instance = try Sample.configuration(Self.yaml("    instance: db1"), file: "c.yaml").targets[0]
        #expect(instance.location == .instance("db1"))
        #expect(instance.roleArn == nil)
    }

    @Test func `several may be given by their tags`() throws {
        let lines = "    tagged: { env: prod, 'sso-sync:team': 'a b' }\n    region: eu-west-1"
        let target = try Sample.configuration(Self.yaml(lines), file: "c.yaml").targets[0]
        #expect(target.location == .tagged(["env": "prod", "sso-sync:team": "a b"]))
        #expect((target.database, target.accountHost) == (nil, nil))
        let twice =
            "\n  - { name: other, tagged: { env: prod, 'sso-sync:team': 'a b' }, region: eu-west-1, user: p, groups: [a] }"
        #expect(
            try Sample.problems(Self.yaml(lines) + twice).map {
                $0.hasSuffix("is what carries these tags, as targets[0] is already")
            } == [true]
        )
    }

    @Test func `what is for one engine only stays as it is until the engine is known`() throws {
        let plain = try Sample.configuration(Self.yaml("    cluster: a"), file: "c.yaml").targets[0]
        #expect((plain.database, plain.accountHost) == (nil, nil))
        let both = "    database: ops\n    accountHost: 10.%"
        let target = try Sample.configuration(Self.yaml("    cluster: a", both), file: "c.yaml").targets[0]
        #expect((target.database, target.accountHost) == ("ops", "10.%"))
    }

    private static let problems: [(lines: String, problem: String)] = [
        (
            "    cluster: a\n    instance: b",
            "c.yaml:8: targets[0].instance: expected exactly one of cluster, instance, tagged and host, found cluster as well"
        ),
        (
            "    tagged: { a: b }\n    cluster: c",
            "c.yaml:7: targets[0].tagged: expected exactly one of cluster, instance, tagged and host, found cluster as well"
        ),
        (
            "    tagged: { a: b }\n    engine: mysql",
            "c.yaml:8: targets[0].engine: is looked up: leave it out where there is tagged"
        ),
        (
            "    tagged: {}",
            "c.yaml:7: targets[0].tagged: expected at least one tag, found none: every database in the account would be meant"
        ),
        ("    tagged: { a: '' }", "c.yaml:7: targets[0].tagged.a: expected the tag's value, found an empty text"),
        (
            "    tagged: [a]",
            "c.yaml:7: targets[0].tagged: expected a mapping of tags, such as { sso-sync: orders }, found a list"
        ),
        (
            "    cluster: a\n    engine: mysql",
            "c.yaml:8: targets[0].engine: is looked up: leave it out where there is cluster"
        ),
        (
            "    instance: a\n    port: 1",
            "c.yaml:8: targets[0].port: is looked up: leave it out where there is instance"
        ),
        (
            "    cluster: a\n    readers: [{ host: r }]",
            "c.yaml:8: targets[0].readers: is looked up: leave it out where there is cluster"
        ),
        (
            "    cluster: a_b",
            #"c.yaml:7: targets[0].cluster: expected the id of a cluster such as database-1, found "a_b""#
        ),
        (
            "    instance: 1a",
            #"c.yaml:7: targets[0].instance: expected the id of an instance such as database-1, found "1a""#
        ),
        (
            "    cluster: a.cluster-abc.eu-west-1.rds.amazonaws.com",
            #"c.yaml:7: targets[0].cluster: expected the id of a cluster such as database-1, found "a.cluster-abc.eu-west-1.rds.amazonaws.com": a host name goes with host and engine"#
        ),
        (
            "    cluster: a.proxy-abc.eu-west-1.rds.amazonaws.com",
            "c.yaml:7: targets[0].cluster: a.proxy-abc.eu-west-1.rds.amazonaws.com is an RDS Proxy endpoint, behind which no lock holds: give the cluster's or instance's own endpoint"
        ),
        (
            "    cluster: abc.dsql.eu-west-1.on.aws",
            "c.yaml:7: targets[0].cluster: abc.dsql.eu-west-1.on.aws is Aurora DSQL, which has no IAM login for each account and cannot be provisioned"
        ),
        ("    cluster: a\n    clutser: b", #"c.yaml:8: targets[0]: unknown key "clutser", did you mean "cluster"?"#),
    ]

    @Test(arguments: problems)
    func `what is wrong is named with line, key and what was expected`(lines: String, problem: String) throws {
        #expect(try Sample.problems(Self.yaml(lines)) == [problem])
    }

    @Test func `a role is privileged if it is so on any engine that may be found`() throws {
        for role in ["pg_monitor", "aws_lambda_access"] {
            let problems = try Sample.problems(Self.yaml("    cluster: a").replacing("[dba]", with: "{ a: [\(role)] }"))
            #expect(problems.count == 1)
            #expect(problems.first?.contains("is privileged") == true)
        }
    }

    @Test func `a cluster stands in the configuration once, unless it is in another Region or account`() throws {
        func problems(_ members: String) throws -> [String] {
            let other = "  - { name: b, cluster: A, user: p, groups: [a]\(members) }"
            return try Sample.problems(Self.yaml("    cluster: a") + "\n" + other)
        }
        #expect(try problems("") == ["c.yaml:11: targets[1]: targets[1] is the cluster a, as targets[0] is already"])
        #expect(try problems(", region: us-east-1") == [])
        #expect(try problems(", roleArn: \"arn:aws:iam::111111111111:role/a\"") == [])
    }
}
