// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncTestSupport
import Testing

/// The program from outside, as far as it goes without a server.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct CommandLineTests {
    private let folder: TemporaryFolder
    private var tool: Tool

    init() throws {
        folder = try TemporaryFolder()
        tool = Tool(folder: folder)
        // A port of this machine where nobody listens.
        let text = Sample.yaml("    port: 1\n    groups: [dba]").replacing("db.example.com", with: "localhost")
        try folder.write(text, to: "sso-sync.yaml")
        try folder.write(
            "people: [{ id: u-1, userName: ada }]\ngroups: [{ id: g-1, name: dba, members: [u-1] }]",
            to: "people.yaml"
        )
    }

    @Test(arguments: [
        ["--bogus"], ["plan", "--format", "xml"], ["apply", "--plan", "x"], ["apply", "--approve", "x"], ["nonsense"],
        ["bootstrap"],
    ])
    func `a wrong command line is 64`(arguments: [String]) throws {
        #expect(
            try tool.run(arguments[0], arguments.dropFirst().first ?? "--target", arguments.dropFirst(2).first ?? "x")
                .status == 64
        )
    }

    @Test func `what exists nowhere is 64, with a guess`() throws {
        let target = try tool.run("plan", "--target", "ordes")
        #expect(target.status == 64)
        #expect(target.errors == "sso-sync: There is no target \"ordes\", did you mean \"orders\"?\n")
        let other = try tool.run("bootstrap", "nope")
        #expect(other.errors == "sso-sync: There is no target \"nope\"; there is orders\n")
        #expect(try tool.run("plan", "--group", "nobody").status == 64)
        #expect(try tool.run("bootstrap", "nowhere").status == 64)
        #expect(
            try tool.run("apply", "--plan", "p", "--approve", String(repeating: "a", count: 64), "--target", "orders")
                .status == 64
        )
    }

    @Test func `a ring is that of some targets, which are worked on, and no others`() throws {
        let targets = [0, 1, 1].enumerated().map { index, ring in
            """
                - { name: t\(index), ring: \(ring), engine: postgres, host: localhost, port: \(index + 1),
                    user: p, mode: enforce, groups: [dba] }
            """
        }
        let text = Sample.yaml().split(separator: "\n").prefix { $0 != "targets:" } + ["targets:"]
        try folder.write(
            (text + targets.map { $0[...] } + ["rollout: { ring: 0 }"]).joined(separator: "\n"),
            to: "rings.yaml"
        )
        let result = try tool.run("plan", "-c", "rings.yaml", "--ring", "1", "--format", "json")
        #expect(result.status == 4, "\(result.errors)")
        #expect(["t0", "t1", "t2"].map { result.output.contains("\"target\":\"\($0)\"") } == [false, true, true])
        let none = try tool.run("apply", "-c", "rings.yaml", "--ring", "2")
        let rings = "there are targets in rings 0 and 1"
        #expect(none.status == 64 && none.errors == "sso-sync: No target is in ring 2: \(rings)\n")
        let only = try tool.run("plan", "--ring", "3")
        #expect(only.status == 64)
        #expect(only.errors == "sso-sync: No target is in ring 3: there are targets in ring 0 only\n")
        let unknown = try tool.run("plan", "-c", "rings.yaml", "--target", "nope")
        #expect(unknown.errors == "sso-sync: There is no target \"nope\"; there are t0, t1, t2\n")
        #expect(try tool.run("plan", "-c", "rings.yaml", "--ring", "1", "--target", "t1").status == 64)
        let check = try tool.run("config", "check", "-c", "rings.yaml")
        #expect(check.output.contains("  t0: mode enforce\n"))
        let held = "Only planned: the target is in ring 1, and the rollout has reached ring 0."
        #expect(check.output.contains("  t1: mode enforce. \(held)\n"), "\(check)")
    }

    @Test func `a wrong configuration is 78, and says what and where`() throws {
        try folder.write("version: 1\nowner: prod\n", to: "bad.yaml")
        let result = try tool.run("plan", "--config", "bad.yaml")
        #expect(result.status == 78)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("bad.yaml:1: directory is missing: "))
        #expect(try tool.run("config", "check", "-c", "none.yaml").status == 78)
    }

    @Test func `the configuration is found by option, variable or name`() throws {
        var other = tool
        other.environment["SSO_SYNC_CONFIG"] = "none.yaml"
        #expect(try tool.run("config", "check").status == 0)
        let advice = "write one (Docs/configuration.md), or name another with --config or SSO_SYNC_CONFIG"
        for verb in ["check", "render"] {
            let missing = try other.run("config", verb)
            #expect(missing.status == 78 && missing.errors == "none.yaml: does not exist: \(advice)\n", "\(missing)")
        }
        #expect(try other.run("config", "check", "--config", "sso-sync.yaml").status == 0)
        let empty = try tool.run("plan", "--config", "")
        #expect(empty.status == 64 && empty.errors.contains("--config takes the path of a file."), "\(empty)")
    }

    @Test(arguments: ["zz", "3a7bd3e2360a3d2", "3A7BD3E2360A3D29", "3a7bd3e2360a3d299"])
    func `what cannot be the hash of removals is 64`(hash: String) throws {
        for verb in ["plan", "apply"] {
            let result = try tool.run(verb, "--allow-removals", "3a7bd3e2360a3d29", "--allow-removals", hash)
            #expect(result.status == 64 && result.errors.contains("takes the 16 hexadecimal digits"), "\(result)")
        }
        #expect(try tool.run("plan", "--allow-removals", "3a7bd3e2360a3d29").status == 4)
    }

    @Test func `a time may be a day`() throws {
        // It fails for want of credentials.
        var nobody = tool
        nobody.environment = ["AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder.path]
        #expect(try nobody.run("fleet", "s3://example-reports/prod/", "--since", "1d").status != 64)
        #expect(try nobody.run("fleet", "s3://example-reports/prod/", "--since", "2d").status == 64)
    }

    @Test func `a check of the configuration names the ids to pin, until they are pinned`() throws {
        let open = try tool.run("config", "check")
        #expect(open.status == 0)
        #expect(open.output.contains("\n  * group dba is not pinned to its id: g-1\n"))
        try folder.write(
            Sample.yaml("    port: 1\n    groups: { dba: { id: g-1, roles: [dba] } }"),
            to: "pinned.yaml"
        )
        let pinned = try tool.run("config", "check", "-c", "pinned.yaml")
        #expect(pinned.status == 0)
        #expect(!pinned.output.contains("Pin groups"))
    }

    @Test func `a directory that cannot be read is 69`() throws {
        try folder.write("people: []", to: "people.yaml")
        let result = try tool.run("plan")
        #expect(result.status == 69)
        #expect(result.output.contains("people.yaml:1: groups is missing"))
        #expect(try tool.run("config", "check").status == 69)
        #expect(try tool.run("plan", "--person", "ada").status == 69)
    }

    @Test func `a server that cannot be reached is 4, and no plan is saved`() throws {
        let result = try tool.run("plan", "--out", "plan.json")
        #expect(result.status == 4)
        #expect(result.errors.contains("no plan was saved"))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/plan.json"))
        #expect(try tool.run("apply", "--format", "json").output.contains(#""verdict":"partial-failure""#))
    }

    @Test func `a plan file that is none is 78`() throws {
        try folder.write("{}", to: "plan.json")
        let result = try tool.run("apply", "--plan", "plan.json", "--approve", String(repeating: "0", count: 64))
        #expect(result.status == 78)
        #expect(result.errors == "sso-sync: plan.json is not a plan that sso-sync plan --out wrote\n")
    }

    @Test func `a misspelt person is taken for somebody who is gone, with a warning`() throws {
        let result = try tool.run("plan", "--person", "eve", "--log-format", "json")
        let line = try #require(result.errors.split(separator: "\n").first { $0.contains("nobody in the directory") })
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(object?["level"] as? String == "warning")
        #expect(object?["metadata"] as? [String: String] == ["person": "eve"])
    }

    @Test func `what is not a terminal gets no colours and no line of progress`() throws {
        let result = try tool.run("plan")
        #expect(!(result.output + result.errors).contains("\u{1B}"))
    }

    @Test func `bootstrap prints statements for the version that is asked for`() throws {
        let result = try tool.run("bootstrap", "orders", "--server-version", "15")
        #expect(result.status == 0)
        #expect(result.output.contains("PostgreSQL 15"))
        #expect(result.output.contains("\n-- The roles that groups are mapped to have to be there first: "))
        #expect(try tool.run("bootstrap", "orders", "--server-version", "19").status == 64)
        #expect(result.output.contains("CREATE ROLE"))
        #expect(!result.output.contains("NOLOGIN"))
        #expect(try tool.run("bootstrap", "orders", "--run").status == 64)
        let missing = try tool.run("bootstrap", "orders", "--master", "m", "--password-file", "none")
        #expect(missing.status == 64)
        #expect(missing.errors == "sso-sync: the password file none does not exist\n")
        #expect(try tool.run("bootstrap", "orders", "--master", "m").status == 64)
    }

    @Test func `bootstrap prints MySQL's statements for a MySQL target`() throws {
        try folder.write(Sample.yaml(engine: "mysql"), to: "sso-sync.yaml")
        let result = try tool.run("bootstrap", "orders", "--login-host", "10.%")
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("-- For MySQL, by the master user. With --master "))
        #expect(result.output.contains("\nCREATE USER 'sso_provisioner'@'10.%' "))
        #expect(
            result.output.contains("\nGRANT CONNECTION_ADMIN ON *.* TO 'sso_provisioner'@'10.%';\n-- On RDS for MySQL ")
        )
        #expect(result.output.contains("GRANT SELECT ON mysql.user TO 'sso_provisioner'@'10.%';\n"))
        #expect(try tool.run("bootstrap", "orders").output.contains("CREATE USER 'sso_provisioner'@'%' "))
    }

    @Test func `bootstrap refuses what the target's engine does not know`() throws {
        let host = try tool.run("bootstrap", "orders", "--login-host", "10.%")
        #expect(host.status == 64)
        let remark = "where accounts have a host part; orders is PostgreSQL"
        #expect(host.errors == "sso-sync: --login-host is for MySQL only, \(remark)\n")
        try folder.write(Sample.yaml(engine: "mysql"), to: "sso-sync.yaml")
        for option in ["--capacity", "--server-version"] {
            let result = try tool.run("bootstrap", "orders", option, "17")
            #expect(result.status == 64)
            #expect(result.output.isEmpty)
        }
        let capacity = try tool.run("bootstrap", "orders", "--capacity", "100")
        #expect(capacity.errors.hasPrefix("sso-sync: --capacity is for PostgreSQL only, "))
    }

    @Test func `the schema is printed, and so is the version`() throws {
        #expect(try tool.run("config", "schema").output == ConfigurationSchema.text + "\n")
        #expect(try tool.run("--version").output == "sso-sync \(ToolVersion.current)\n")
    }

    @Test(arguments: ["plan", "apply", "bootstrap", "config"])
    func `every verb has help with examples`(verb: String) throws {
        let result = try tool.run(verb, "--help")
        #expect(result.status == 0)
        #expect(result.output.contains("Examples:\n  sso-sync \(verb)"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `shell completions are made`(shell: String) throws {
        #expect(try tool.run("--generate-completion-script", shell).output.contains("sso-sync"))
    }
}
