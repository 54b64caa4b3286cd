// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import Testing

/// Configurations that are wrong, and what is said about them.
struct BadConfigurationTests {
    /// Lines of a target, and the one problem that they have.
    private static let targets: [(lines: String, problem: String)] = [
        ("    groups: [dba]\n    prot: 1", #"c.yaml:11: targets[0]: unknown key "prot", did you mean "port"?"#),
        ("    groups: [dba]\n    port: 0", "c.yaml:11: targets[0].port: expected a port from 1 to 65535, found 0"),
        ("    groups: [dba]\n    port: yes", "c.yaml:11: targets[0].port: expected a port from 1 to 65535, found text"),
        (
            "    groups: [dba]\n    port: 0123",
            "c.yaml:11: targets[0].port: expected a port from 1 to 65535, without a leading zero"
        ),
        (
            "    groups: [dba]\n    port: 54.5",
            "c.yaml:11: targets[0].port: expected a port from 1 to 65535, found 54.5"
        ),
        (
            "    groups: [dba]\n    port: 99999999999999999999",
            "c.yaml:11: targets[0].port: expected a port from 1 to 65535, found 99999999999999999999"
        ),
        (
            "    groups: [dba]\n    port: [1]",
            "c.yaml:11: targets[0].port: expected a port from 1 to 65535, found a list"
        ),
        (
            "    groups: [dba]\n    mode: enforced",
            #"c.yaml:11: targets[0].mode: expected one of plan, joins, enforce, found "enforced", did you mean "enforce"?"#
        ),
        ("    groups: []", "c.yaml:10: targets[0].groups: expected at least one group, found none"),
        ("    groups: { DBA: [] }", "c.yaml:10: targets[0].groups.DBA: expected at least one role, found none"),
        (
            "    groups: { DBA: { id: 1, roles: [a], rols: [b] } }",
            #"c.yaml:10: targets[0].groups.DBA: unknown key "rols", did you mean "roles"?"#
        ),
        ("    groups: { DBA: [a], DBA: [b] }", #"c.yaml:10: the key "DBA" stands twice in one mapping"#),
        (#"    groups: { yes: [a], "yes": [b] }"#, #"c.yaml:10: the key "yes" stands twice in one mapping"#),
        (
            "    groups: { DBA: [a], dba: [b] }",
            #"c.yaml:10: targets[0].groups.dba: group "dba" is mapped twice on this target, as "DBA""#
        ),
        ("    groups: [dba, dba]", #"c.yaml:10: targets[0].groups[1]: group "dba" is mapped twice on this target"#),
        ("    groups: { DBA: [a, a] }", #"c.yaml:10: targets[0].groups.DBA[1]: role "a" stands here twice"#),
        (
            #"    groups: { "D A": [null] }"#,
            #"c.yaml:10: targets[0].groups["D A"][0]: expected a role's name, found nothing: YAML takes null for nothing, put it into quotes if it is a text"#
        ),
        (
            "    groups: { DBA: [rds_iam] }",
            #"c.yaml:10: targets[0].groups.DBA: role "rds_iam" is reserved and cannot be mapped to a group"#
        ),
        (
            "    groups: { DBA: [rds_superuser] }",
            #"c.yaml:10: targets[0].groups.DBA: role "rds_superuser" is privileged: map the group to another role, or name both under allowPrivileged"#
        ),
        (
            "    groups: { DBA: [pg_monitor] }\n    allowPrivileged: [{ role: pg_monitor, group: DBA, maxMembers: 2 }]",
            #"c.yaml:11: targets[0].allowPrivileged[0]: the id of group "DBA" has to be pinned, by { id: …, roles: […] } under groups: otherwise whoever creates a group of that name gets a privileged role"#
        ),
        (
            "    groups: [dba]\n    allowPrivileged: [{ role: dba, group: Nobody, maxMembers: 2 }]",
            #"c.yaml:11: targets[0].allowPrivileged[0]: group "Nobody" is not mapped on this target"#
        ),
        (
            "    groups: [dba]\n    protect: ['app_?']",
            #"c.yaml:11: targets[0].protect[0]: ? has no special meaning here, only * has, found "app_?""#
        ),
        (
            "    groups: [dba]\n    protect: ['*']",
            "c.yaml:11: targets[0].protect: * protects every name, so that nobody could have an account"
        ),
        (
            "    groups: [dba]\n    brake: { percent: 101 }",
            "c.yaml:11: targets[0].brake.percent: expected percent from 0 to 100, found 101"
        ),
        (
            "    groups: [dba]\n    brake: { percent: 12.5 }",
            "c.yaml:11: targets[0].brake.percent: expected percent from 0 to 100, found 12.5"
        ),
        (
            "    groups: [dba]\n    leavers: { quarantine: 30 }",
            #"c.yaml:11: targets[0].leavers.quarantine: expected a number of days or hours such as 30d, 12h or 0d, at most ten years, found "30""#
        ),
        (
            "    groups: [dba]\n    leavers: { quarantine: 99999999999999999999d }",
            #"c.yaml:11: targets[0].leavers.quarantine: expected a number of days or hours such as 30d, 12h or 0d, at most ten years, found "99999999999999999999d""#
        ),
        (
            "    groups: [dba]\n    login: { passwordFile: a, passwordVariable: B }",
            "c.yaml:11: targets[0].login: expected exactly one of passwordFile and passwordVariable; leave login out to log in by IAM token"
        ),
        (
            "    groups: [dba]\n    login: { passwordVariable: 'hunter 2' }",
            "c.yaml:11: targets[0].login.passwordVariable: expected the name of an environment variable, found other text"
        ),
        (
            "    groups: [dba]\n    login: hunter2",
            "c.yaml:11: targets[0].login: expected a mapping with passwordFile, passwordVariable, found text"
        ),
        (
            "    groups: [dba]\n    login: { password: hunter2 }",
            #"c.yaml:11: targets[0].login: unknown key "password"; the keys here are passwordFile, passwordVariable"#
        ),
        (
            "    groups: [dba]\n    tls: {}",
            "c.yaml:11: targets[0].tls: ca is missing: a file of certificates in PEM format"
        ),
        (
            "    groups: [dba]\n    cluster: database-1",
            "c.yaml:8: targets[0].host: expected exactly one of cluster, instance, tagged and host, found cluster as well"
        ),
        (
            "    groups: [dba]\n    login: { passwordFile: a }\n    roleArn: arn:aws:iam::111111111111:role/a",
            "c.yaml:12: targets[0].roleArn: is for looking a server up and for login tokens: with host and a password, leave it out"
        ),
        (
            "    groups: [dba]\n    externalId: a",
            "c.yaml:11: targets[0].externalId: goes with roleArn, which is missing"
        ),
        (
            "    groups: [dba]\n    accountHost: '%'",
            "c.yaml:11: targets[0].accountHost: is for mysql only: accounts of PostgreSQL have no host part"
        ),
        (
            "    groups: [dba]\n    readers: [{ host: DB.example.com. }]",
            "c.yaml:6: targets[0]: targets[0].readers[0] is the server DB.example.com.:5432, as targets[0] is already"
        ),
    ]

    @Test(arguments: targets)
    func `a target that is wrong is named with line, key and what was expected`(lines: String, problem: String) throws {
        #expect(try Sample.problems(Sample.yaml(lines)) == [problem])
    }

    private static let host =
        #"c.yaml:11: targets[0].accountHost: expected the host part of accounts, such as "%" or 10.0.0.0/8, "#

    /// Lines of a MySQL target, and the one problem that they have.
    private static let mysqlTargets: [(lines: String, problem: String)] = [
        (
            "    groups: [dba]\n    database: ops",
            "c.yaml:11: targets[0].database: is for postgres only: MySQL has its accounts and its lock for the whole server"
        ),
        ("    groups: [dba]\n    accountHost: ''", host + "found an empty text"),
        ("    groups: [dba]\n    accountHost: [a]", host + "found a list"),
        ("    groups: [dba]\n    accountHost: \"a'b\"", host + #"at most 255 characters, found "a'b""#),
        ("    groups: [dba]\n    accountHost: 'a`b'", host + #"at most 255 characters, found "a`b""#),
        ("    groups: [dba]\n    accountHost: \"a\\tb\"", host + #"at most 255 characters, found "a\u{9}b""#),
        ("    groups: [dba]\n    accountHost: ann@db", host + #"at most 255 characters, found "ann@db""#),
        ("    groups: [dba]\n    accountHost: dé", host + #"at most 255 characters, found "dé""#),
        (
            "    groups: [dba]\n    accountHost: \(String(repeating: "a", count: 256))",
            host + "at most 255 characters, found \"\(String(repeating: "a", count: 256))\""
        ),
        (
            "    groups: [dba]\n    readers: [{ host: DB.example.com }]",
            "c.yaml:6: targets[0]: targets[0].readers[0] is the server DB.example.com:3306, as targets[0] is already"
        ),
        (
            "    groups: { DBA: [AWS_LAMBDA_ACCESS] }",
            #"c.yaml:10: targets[0].groups.DBA: role "AWS_LAMBDA_ACCESS" is privileged: map the group to another role, or name both under allowPrivileged"#
        ),
    ]

    @Test(arguments: mysqlTargets)
    func `a MySQL target that is wrong is named with line, key and what was expected`(
        lines: String,
        problem: String
    ) throws {
        #expect(try Sample.problems(Sample.yaml(lines, engine: "mysql")) == [problem])
    }

    @Test func `an engine that is not known is no reason to complain about what depends on it`() throws {
        let lines = "    groups: [dba]\n    database: ops\n    accountHost: '%'\n    readers: [{ host: reader }]"
        let problems = try Sample.problems(Sample.yaml(lines, engine: "oracle"))
        #expect(problems == [#"c.yaml:7: targets[0].engine: expected one of postgres, mysql, found "oracle""#])
    }

    /// Whole documents, and the one problem that they have.
    private static let documents: [(text: String, problem: String)] = [
        ("", "c.yaml: is empty"),
        (" \n\t\n", "c.yaml: is empty"),
        ("# nothing but a remark\n", "c.yaml: is empty"),
        (
            "hello",
            "c.yaml:1: expected a mapping with version, owner, directory, accountName, targets, brake, notify, notifyMemory, targetMemory, hub, rollout, reports, found text"
        ),
        (
            Sample.yaml().replacing("version: 1", with: "version: 2"),
            "c.yaml:1: version: this program reads version 1, found 2"
        ),
        (
            Sample.yaml().replacing("version: 1", with: #"version: "1""#),
            "c.yaml:1: version: expected 1, without quotation marks, found text"
        ),
        (Sample.yaml().replacing("version: 1", with: "version: [1]"), "c.yaml:1: version: expected 1, found a list"),
        (
            Sample.yaml().replacing("version: 1\n", with: ""),
            "c.yaml:1: version is missing: begin the document with version: 1"
        ),
        (
            Sample.yaml().replacing("owner: prod", with: "owner: pr od"),
            #"c.yaml:2: owner: expected a name of at most 63 letters, digits, dots, hyphens and underscores, found "pr od""#
        ),
        (
            Sample.yaml().replacing(
                "  file: { path: people.yaml }",
                with: "  snapshot: { path: s.json, publicKey: key.pem, directoryId: d-1, maxAge: 0m }"
            ),
            "c.yaml:4: directory.snapshot.maxAge: expected a number of minutes, hours or days such as 15m, 1h or 1d, found "
                + "nothing that would be long enough"
        ),
        (
            Sample.yaml().replacing(
                "  file: { path: people.yaml }",
                with: "  snapshot: { path: s.json, publicKey: key.pem, directoryId: d-1, versionId: v }"
            ),
            "c.yaml:4: directory.snapshot.versionId: goes with s3, which is missing"
        ),
        (
            Sample.yaml().replacing(
                "  file: { path: people.yaml }",
                with: "  snapshot: { path: s.json, publicKey: [a, b, c], directoryId: d-1 }"
            ),
            "c.yaml:4: directory.snapshot.publicKey: expected one key, or two while it is being changed, found 3"
        ),
        (
            Sample.yaml().replacing(
                "  file: { path: people.yaml }",
                with: "  snapshot: { s3: s3://a/b, publicKey: key.pem, directoryId: d-1 }"
            ),
            "c.yaml:4: directory.snapshot.s3: expected a place in S3 such as s3://bucket/snapshot.json, found \"s3://a/b\""
        ),
        (
            Sample.yaml().replacing("  file:", with: "  identityCenter: {}\n  file:"),
            "c.yaml:4: directory: expected exactly one source: identityCenter: { region: … }, file: { path: … } or snapshot: { s3: … }"
        ),
        (
            Sample.yaml().replacing("  file: { path: people.yaml }", with: "  identityCenter: { externalId: a }"),
            "c.yaml:4: directory.identityCenter.externalId: goes with roleArn, which is missing"
        ),
        (
            Sample.yaml().replacing(
                "  file: { path: people.yaml }",
                with: "  identityCenter: { identityStoreId: d-1 }"
            ),
            #"c.yaml:4: directory.identityCenter.identityStoreId: expected an identity store's id such as d-1234567890, found "d-1""#
        ),
        (
            Sample.yaml().replacing("  file: { path: people.yaml }", with: "  identityCenter: { roleArn: reader }"),
            #"c.yaml:4: directory.identityCenter.roleArn: expected a role such as arn:aws:iam::111111111111:role/sso-sync-reader, found "reader""#
        ),
        (
            Sample.yaml().replacing("engine: postgres", with: "engine: MySQL"),
            #"c.yaml:7: targets[0].engine: expected one of postgres, mysql, found "MySQL", did you mean "mysql"?"#
        ),
        (
            Sample.yaml().replacing("    engine: postgres\n", with: ""),
            "c.yaml:6: targets[0]: engine is missing: the kind of server: postgres or mysql"
        ),
        (
            Sample.yaml().replacing("    host: db.example.com\n", with: ""),
            "c.yaml:6: targets[0]: where the server is, is missing: cluster, instance or tagged, to be looked up in RDS, or engine and host"
        ),
        (
            Sample.yaml().replacing("host: db.example.com", with: "host: a,b"),
            #"c.yaml:8: targets[0].host: expected a bare host name, without scheme, port or path, found "a,b""#
        ),
        (
            Sample.yaml().replacing("host: db.example.com", with: "host: o.proxy-abc.eu-west-1.rds.amazonaws.com"),
            "c.yaml:8: targets[0].host: o.proxy-abc.eu-west-1.rds.amazonaws.com is an RDS Proxy endpoint, behind which no lock holds: give the cluster's or instance's own endpoint"
        ),
        (
            Sample.yaml().replacing("host: db.example.com", with: "host: abc0def1.dsql.eu-west-1.on.aws"),
            "c.yaml:8: targets[0].host: abc0def1.dsql.eu-west-1.on.aws is Aurora DSQL, which has no IAM login for each account and cannot be provisioned"
        ),
        (
            Sample.yaml(
                "    groups: [dba]\n    readers:\n      - { host: o.abc.eu-west-1.rds.amazonaws.com }\n      - { host: o.cluster-ro-abc.eu-west-1.rds.amazonaws.com }"
            ),
            "c.yaml:13: targets[0].readers[1].host: o.cluster-ro-abc.eu-west-1.rds.amazonaws.com leads to another of the cluster's instances with each connection, so nobody could be known to be out: name the endpoint of each reader instance instead"
        ),
        (
            Sample.yaml() + "\n  - { name: Orders, engine: postgres, host: other, user: p, groups: [a] }",
            #"c.yaml:11: targets[1].name: targets[0] has the name "Orders" already"#
        ),
        (
            Sample.yaml() + "\n  - { name: shop, engine: postgres, host: db.example.com, user: p, groups: [a] }",
            "c.yaml:11: targets[1]: targets[1] is the server db.example.com:5432, as targets[0] is already"
        ),
        (Sample.yaml() + "\n---\nversion: 1", "c.yaml:11: a second document begins here, and one is expected"),
        (
            Sample.yaml() + "\nnotify: [\"",
            "c.yaml:11: is not YAML: found unexpected end of stream while scanning a quoted scalar"
        ),
        (
            Sample.yaml() + "\nnotify: [\"a\n  b \\q\"]",
            "c.yaml:12: is not YAML: found unknown escape character while parsing a quoted scalar"
        ),
        (
            Sample.yaml() + "\nreports: { s3: s3://b/p/ }",
            #"c.yaml:11: reports.s3: expected a bucket's name of 3 to 63 small letters, digits, hyphens and single dots, the first and last a letter or a digit, found "b""#
        ),
        (
            Sample.yaml() + "\nreports: { s3: s3://a..b/p/ }",
            #"c.yaml:11: reports.s3: expected a bucket's name of 3 to 63 small letters, digits, hyphens and single dots, the first and last a letter or a digit, found "a..b""#
        ),
        (
            Sample.yaml() + "\nreports: { s3: s3://a-bucket/\(String(repeating: "a", count: 201))/ }",
            "c.yaml:11: reports.s3: expected at most 201 characters behind the bucket, found 202"
        ),
        (
            Sample.yaml() + "\nreports: { s3: s3://a-bucket }",
            #"c.yaml:11: reports.s3: expected a prefix in S3 that ends with a slash, such as s3://bucket/reports/, found "s3://a-bucket""#
        ),
        (
            Sample.yaml() + "\n  x\n\n",
            "c.yaml:11: is not YAML: could not find expected ':' while scanning a simple key"
        ),
    ]

    @Test(arguments: documents)
    func `a document that is wrong is told in one clear sentence`(text: String, problem: String) throws {
        #expect(try Sample.problems(text) == [problem])
    }

    @Test func `all problems are told at once, in the order of lines`() throws {
        let text = Sample.yaml("    groups: [dba]\n    port: x\n    mod: plan").replacing(
            "owner: prod",
            with: "owner: ''"
        )
        let problems = try Sample.problems(text)
        #expect(problems.map { $0.split(separator: ":")[1] } == ["2", "11", "12"])
    }

    @Test func `a version in quotation marks hides nothing else that is wrong`() throws {
        let text = Sample.yaml("    groups: [dba]\n    port: x").replacing("version: 1", with: "version: '1'")
        #expect(try Sample.problems(text).map { $0.split(separator: ":")[1] } == ["1", "11"])
    }

    @Test func `no value that may be a secret is repeated`() throws {
        let lines =
            "    groups: [dba]\n    login: { password: hunter2, passwordVariable: 'hunter2 x' }\n    tls: hunter2\n    port: hunter2"
        let problems = try Sample.problems(Sample.yaml(lines))
        #expect(problems.count == 4)
        #expect(!problems.joined().contains("hunter2"))
    }

    @Test func `names from a document cannot fake a line of the error`() throws {
        let problems = try Sample.problems(Sample.yaml("    groups: [dba]\n    \"x\\nc.yaml:1: fine\\e[2J\": 1"))
        #expect(problems.count == 1)
        #expect(problems[0].contains(#"unknown key "x\u{A}c.yaml:1: fine\u{1B}[2J""#))
    }

    @Test func `the exit code is EX_CONFIG`() {
        #expect(ConfigurationError.exitCode == 78)
    }
}
