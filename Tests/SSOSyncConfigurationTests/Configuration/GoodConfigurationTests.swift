// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// Configurations that are right, and what they mean.
struct GoodConfigurationTests {
    private let full = """
        version: 1
        owner: prod
        directory:
          file: { path: people.yaml, id: d-1 }
        accountName: email
        targets:
          - name: orders
            mode: enforce
            engine: postgres
            host: orders.example.com
            port: 6432
            readers: [{ host: reader.example.com }]
            database: ops
            region: eu-west-1
            user: sso_provisioner
            login: { passwordFile: secret.txt }
            tls: { ca: /etc/ca.pem }
            groups:
              DBA: { id: 9067, roles: [dba, pg_monitor] }
              Analysts: [reports, readonly]
            leavers: { quarantine: 12h, then: keep }
            protect: ["app_*"]
            ignore: [ci]
            allowPrivileged: [{ role: pg_monitor, group: DBA, maxMembers: 3 }]
            brake: { percent: 50 }
          - name: shop
            engine: mysql
            host: shop.example.com
            readers: [{ host: shop-ro.example.com }, { host: far.example.com, port: 3307 }]
            accountHost: 10.0.%
            user: p
            groups: [dba]
        brake: { removals: 3, joins: 7 }
        notify: [{ log: {} }]
        """

    @Test func `every key is read`() throws {
        let configuration = try Sample.configuration(full, file: "/etc/sso/c.yaml")
        #expect(configuration.owner == "prod")
        #expect(configuration.directory == .file(path: "people.yaml", id: "d-1"))
        #expect(configuration.accountName == .email)
        #expect(configuration.notify == [.log])
        let target = try #require(configuration.targets.first)
        #expect(target.mode == .enforce)
        let server = try #require(target.server)
        #expect(server.engine == .postgres)
        #expect(server.writer == .init(host: "orders.example.com", port: 6_432))
        #expect(server.readers == [.init(host: "reader.example.com", port: 5_432)])
        #expect(target.database == "ops")
        #expect(target.accountHost == nil)
        #expect(target.region == "eu-west-1")
        #expect(target.login == .passwordFile("secret.txt"))
        #expect(target.certificateFile == "/etc/ca.pem")
        #expect(target.brake == Policy.Brake(removals: 3, percent: 50, joins: 7))
    }

    @Test func `a MySQL target has another port, accounts with a host part, and no database`() throws {
        let target = try Sample.configuration(full, file: "c.yaml").targets[1]
        let server = try #require(target.server)
        #expect(server.engine == .mysql)
        #expect(server.writer == .init(host: "shop.example.com", port: 3_306))
        #expect(
            server.readers == [
                .init(host: "shop-ro.example.com", port: 3_306), .init(host: "far.example.com", port: 3_307),
            ]
        )
        #expect(target.accountHost == "10.0.%")
        #expect(target.database == nil)
        #expect(target.brake == Policy.Brake(removals: 3, percent: 20, joins: 7))
        let plain = try Sample.configuration(Sample.yaml(engine: "mysql"), file: "c.yaml").targets[0]
        #expect(plain.accountHost == "%")
    }

    @Test(arguments: [
        "'%'", "10.0.0.0/8", "10.0.0.0/255.0.0.0", "'2001:db8::%'", "db_.example.com", "10.1", "localhost",
    ])
    func `the host part of accounts is a name, an address or a network`(host: String) throws {
        let text = Sample.yaml("    groups: [dba]\n    accountHost: \(host)", engine: "mysql")
        let target = try Sample.configuration(text, file: "c.yaml").targets[0]
        #expect(target.accountHost == host.replacing("'", with: ""))
    }

    @Test func `MySQL stores the host part of accounts in lower case, and so do we`() throws {
        let files = ["DB.Example.com", "db.example.com", "db2.example.com"].map {
            Sample.yaml("    groups: [dba]\n    accountHost: \($0)", engine: "mysql")
        }
        let configurations = try files.map { try Sample.configuration($0, file: "c.yaml") }
        #expect(configurations[0].targets[0].accountHost == "db.example.com")
        #expect(configurations[0].fingerprint == configurations[1].fingerprint)
        #expect(configurations[0].fingerprint != configurations[2].fingerprint)
    }

    @Test func `a role's name means to each engine what it means there`() throws {
        let roles = "    groups: { DBA: { id: g-1, roles: [ROLE] } }"
        #expect(try Sample.problems(Sample.yaml(roles.replacing("ROLE", with: "pg_like"), engine: "mysql")) == [])
        #expect(try Sample.problems(Sample.yaml(roles.replacing("ROLE", with: "aws_ops"))) == [])
    }

    @Test func `a target's policy is the planner's`() throws {
        let configuration = try Sample.configuration(full, file: "c.yaml")
        let expected = Policy(
            target: "orders",
            owner: "prod",
            mode: .enforce,
            groups: [
                .init(group: "Analysts", roles: ["readonly", "reports"]),
                .init(group: "DBA", pinnedId: "9067", roles: ["dba", "pg_monitor"]),
            ],
            leavers: .init(quarantine: 43_200, then: .keep),
            brake: .init(removals: 3, percent: 50, joins: 7),
            protectedNames: [Glob("app_*")],
            ignoredNames: [Glob("ci")],
            allowPrivileged: [.init(role: "pg_monitor", group: "DBA", maximumMembers: 3)]
        )
        #expect(configuration.targets[0].policy(owner: "prod") == expected)
    }

    @Test func `what is left out has defaults, and the safe mode`() throws {
        let target = try Sample.configuration(Sample.yaml(), file: "c.yaml").targets[0]
        #expect(target.mode == .plan)
        #expect(target.server?.writer.port == 5_432)
        #expect(target.database == "postgres")
        #expect(target.login == .token)
        #expect(target.leavers == Policy.Leavers(quarantine: 30 * 86_400, then: .drop))
        #expect(target.brake == Policy.Brake(removals: 10, percent: 20, joins: 100))
    }

    @Test func `a bare list of groups names roles after groups`() throws {
        let target = try Sample.configuration(Sample.yaml("    groups: [dba, readonly]"), file: "c.yaml").targets[0]
        #expect(target.groups == [.init(group: "dba", roles: ["dba"]), .init(group: "readonly", roles: ["readonly"])])
    }

    @Test(arguments: [
        "yes", "no", "on", "0123", "1e3", "1_000", "0x1F", "2026-11-22", "12:30:45", "true", "=", "<<", "-1.5",
    ])
    func `YAML without quotes stays the text that it is`(name: String) throws {
        let target = try Sample.configuration(Sample.yaml("    groups: { \(name): [\(name)] }"), file: "c.yaml")
            .targets[0]
        #expect(target.groups == [.init(group: GroupName(name), roles: [RoleName(name)])])
    }

    @Test func `YAML and JSON of one content have one fingerprint`() throws {
        let yaml = try Sample.configuration(
            Sample.yaml().replacing("db.example.com", with: "db").replacing("sso_provisioner", with: "p"),
            file: "a/c.yaml"
        )
        let json = try Sample.configuration(Sample.json(), file: "b/c.json")
        #expect(yaml.fingerprint == json.fingerprint)
        let other = try Sample.configuration(Sample.json(target: #""mode": "enforce""#), file: "b/c.json")
        #expect(other.fingerprint != json.fingerprint)
        let mysql = try Sample.configuration(Sample.json(target: #""engine": "mysql", "port": 5432"#), file: "b/c.json")
        #expect(mysql.fingerprint != json.fingerprint)
    }
}

extension TargetConfiguration {
    /// The server, of a target whose address is given.
    fileprivate var server: Server? {
        if case .server(let server) = location { server } else { nil }
    }
}
