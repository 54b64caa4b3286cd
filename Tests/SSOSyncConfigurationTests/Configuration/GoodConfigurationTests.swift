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
          - { name: shop, engine: postgres, host: shop.example.com, user: p, groups: [dba] }
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
        #expect(target.writer == .init(host: "orders.example.com", port: 6_432))
        #expect(target.readers == [.init(host: "reader.example.com", port: 5_432)])
        #expect(target.database == "ops")
        #expect(target.region == "eu-west-1")
        #expect(target.login == .passwordFile("secret.txt"))
        #expect(target.certificateFile == "/etc/ca.pem")
        #expect(target.brake == Policy.Brake(removals: 3, percent: 50, joins: 7))
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
        #expect(target.writer.port == 5_432)
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
    }
}
