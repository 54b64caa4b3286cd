// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What is put together from the configuration and the environment, and what is missing for it.
struct AssemblyTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func problems(
        _ lines: String,
        environment: [String: String] = ["AWS_REGION": "eu-west-1"],
        engine: String = "postgres",
        only: Set<TargetName>? = nil
    ) throws -> [String] {
        let file = try folder.write(Sample.yaml("    groups: [dba]\n" + lines, engine: engine), to: "c.yaml")
        let configuration = try ConfigurationFile(path: file, documents: Sample.documents)
        do {
            let assembly = try Assembly(
                configuration,
                environment: environment,
                documents: Sample.documents,
                targets: only
            )
            #expect(
                assembly.targets.map(\.policy.target)
                    == configuration.targets.map(\.name).filter { only?.contains($0) ?? true }
            )
            return []
        } catch {
            return error.problems.map { $0.description.replacing(folder.path + "/", with: "") }
        }
    }

    @Test func `a login by token needs a region from somewhere`() throws {
        #expect(
            try problems("", environment: [:]) == [
                "c.yaml: targets[0].region: is missing: give the region of the server, or set AWS_REGION"
            ]
        )
        #expect(try problems("", environment: ["AWS_DEFAULT_REGION": "eu-west-1"]) == [])
        #expect(try problems("    region: eu-west-1", environment: [:]) == [])
    }

    @Test func `each engine has its provisioner`() throws {
        let shop = "\n  - { name: shop, engine: mysql, host: db.example.com, user: p, groups: [a] }"
        let configuration = try Sample.configuration(Sample.yaml() + shop, file: "c.yaml")
        let environment = ["AWS_REGION": "eu-west-1"]
        let assembly = try Assembly(configuration, environment: environment, documents: Sample.documents)
        #expect(
            assembly.targets.map { "\(type(of: $0.provisioner))" } == ["PostgresProvisioner", "MySQLProvisioner"]
        )
    }

    private static let oneServer: [(first: String, second: String, isOne: Bool)] = [
        ("cluster: a", "cluster: a, region: eu-west-1", true),
        ("cluster: a", "cluster: a, region: us-east-1", false),
        ("cluster: a", "instance: a", false),
        ("instance: A", "engine: mysql, host: a.c1.eu-west-1.rds.amazonaws.com", true),
        ("cluster: a", "engine: mysql, host: A.cluster-c1.EU-west-1.rds.amazonaws.com.", true),
        ("cluster: a", "engine: mysql, host: a.cluster-c1.eu-west-1.rds.amazonaws.com.cn, port: 1", true),
        ("cluster: a", "engine: mysql, host: b, readers: [{ host: a.cluster-c1.eu-west-1.rds.amazonaws.com }]", true),
        ("instance: a", "engine: mysql, host: a.cluster-c1.eu-west-1.rds.amazonaws.com", false),
        ("cluster: a", "engine: mysql, host: a.cluster-c1.us-east-1.rds.amazonaws.com", false),
        ("cluster: a", "engine: mysql, host: a.cluster-c1.eu-west-1.rds.example.com", false),
        ("cluster: a", "engine: mysql, host: a.cluster-custom-c1.eu-west-1.rds.amazonaws.com", false),
        ("instance: a", "engine: mysql, host: a.other-c1.eu-west-1.rds.amazonaws.com", false),
        ("cluster: a", "cluster: a, \(role(1))", false),
        ("cluster: a, \(role(1))", "cluster: a, \(role(2))", false),
        ("cluster: a, \(role(1))", "cluster: a, region: eu-west-1, \(role(1)), externalId: x", true),
        (
            "cluster: a, \(role(1))",
            "engine: mysql, host: a.cluster-c1.eu-west-1.rds.amazonaws.com, login: { passwordVariable: P }", false
        ),
    ]

    private static func role(_ account: Int) -> String {
        "roleArn: 'arn:aws:iam::\(String(repeating: "\(account)", count: 12)):role/a'"
    }

    @Test(arguments: oneServer)
    func `of two targets that are one server by two names neither is worked on, and a third one is`(
        first: String,
        second: String,
        isOne: Bool
    ) async throws {
        let others = [("x", first), ("y", second)].map { name, place in
            "\n  - { name: \(name), \(place), user: p, groups: [a] }"
        }
        let configuration = try Sample.configuration(
            Sample.yaml("    groups: [dba]") + others.joined(),
            file: "c.yaml"
        )
        let environment = ["AWS_REGION": "eu-west-1", "P": "secret"]
        let assembly = try Assembly(configuration, environment: environment, documents: Sample.documents)
        for (target, other) in zip(assembly.targets, [nil, "y", "x"]) {
            let isRefused = "\(type(of: target.provisioner))" == "MissingProvisioner"
            #expect(isRefused == (isOne && other != nil))
            guard isRefused, let other else { continue }
            let error = await #expect(throws: SyncError.self) {
                try await target.provisioner.openSession(SessionAccess(.reading, runId: "r", deadline: .now))
            }
            #expect(error?.message.contains("is target \(other), too") == true, "\(String(describing: error))")
        }
    }

    @Test func `where each target is, reports say in the configuration's words`() throws {
        let more = """

              - { name: a, cluster: Database-1, user: p, groups: [dba] }
              - { name: b, instance: db1, region: us-east-1, user: p, groups: [dba],
                  roleArn: "arn:aws:iam::222222222222:role/a" }
              - { name: c, tagged: { env: prod }, region: us-east-1, user: p, groups: [dba] }
              - { name: d, engine: mysql, host: db.internal, port: 3307, region: us-east-1, user: p, groups: [dba] }
            """
        let configuration = try Sample.configuration(Sample.yaml() + more, file: "c.yaml")
        let environment = ["AWS_REGION": "eu-west-1"]
        let assembly = try Assembly(configuration, environment: environment, documents: Sample.documents)
        let expected = [
            "db.example.com:5432", "eu-west-1 cluster database-1", "222222222222 us-east-1 instance db1", "us-east-1",
            "us-east-1 db.internal:3307",
        ]
        #expect(assembly.targets.map(\.server) == expected)
    }

    @Test func `files are looked for beside the configuration`() throws {
        try folder.write("-----BEGIN CERTIFICATE-----", to: "ca.pem")
        try folder.write("secret\n", to: "password")
        #expect(try problems("    tls: { ca: ca.pem }\n    login: { passwordFile: password }") == [])
        #expect(try problems("    tls: { ca: \(folder.path)/ca.pem }") == [])
    }

    @Test(arguments: ["postgres", "mysql"]) func `missing files and variables are all told at once`(
        engine: String
    ) throws {
        try folder.write("no certificate", to: "ca.pem")
        #expect(
            try problems("    tls: { ca: ca.pem }", engine: engine) == [
                "c.yaml: targets[0].tls.ca: ca.pem has no certificate in PEM format in it"
            ]
        )
        let lines = "    tls: { ca: none.pem }\n    login: { passwordFile: none }"
        #expect(
            try problems(lines, engine: engine) == [
                "c.yaml: targets[0].tls.ca: none.pem does not exist",
                "c.yaml: targets[0].login.passwordFile: the password file none does not exist",
            ]
        )
        #expect(
            try problems("    login: { passwordVariable: PGPASSWORD }", engine: engine) == [
                "c.yaml: targets[0].login.passwordVariable: the environment variable PGPASSWORD is not set"
            ]
        )
    }

    @Test func `what a target needs that was not chosen may be missing`() throws {
        let other = "    tls: { ca: none.pem }\n  - { name: shop, engine: postgres, host: shop, user: p, groups: [a] }"
        #expect(try problems(other, only: ["shop"]) == [])
        #expect(try problems(other).count == 1)
    }

    @Test func `a password is a file's text without the line break at its end`() async throws {
        let cases = [("a b\n", "a b"), ("x\r\n", "x"), ("x", "x"), (" x ", " x ")]
        for (text, password) in cases {
            let file = PasswordFile(path: try folder.write(text, to: "password"))
            #expect(try await file.secret(host: "h", port: 1, user: "u").exposed == password)
        }
        #expect(
            PasswordFile(path: try folder.write("a\nb\n", to: "password")).problem?.hasSuffix(
                "holds more than one line"
            ) == true
        )
        #expect(PasswordFile(path: try folder.write("\n", to: "password")).problem?.hasSuffix("is empty") == true)
        let variable = PasswordVariable(name: "P", environment: ["P": "hunter2"])
        #expect(try await variable.secret(host: "h", port: 1, user: "u").exposed == "hunter2")
        #expect(!String(reflecting: variable).contains("hunter2"))
    }

    @Test func `an identity store needs a region from somewhere`() throws {
        let lines = "    groups: [dba]\n    login: { passwordVariable: P }"
        let text = Sample.yaml(lines).replacing("file: { path: people.yaml }", with: "identityCenter: {}")
        let configuration = try Sample.configuration(text, file: "c.yaml")
        func assemble(_ environment: [String: String]) throws(ConfigurationError) -> Assembly {
            let variables = environment.merging(["P": "p", "HOME": folder.path]) { $1 }
            return try Assembly(configuration, environment: variables, documents: Sample.documents)
        }
        let problems = #expect(throws: ConfigurationError.self) { try assemble([:]) }?.problems.map(\.description)
        let expected = "is missing: give the Region that IAM Identity Center is in, or set AWS_REGION"
        #expect(problems == ["c.yaml: directory.identityCenter.region: \(expected)"])
        let assembly = try assemble(["AWS_DEFAULT_REGION": "eu-west-1"])
        let id = "c4b8d4f8-1031-70a2-1111-0123456789ab"
        #expect(assembly.personId("arn:aws:identitystore:::user/\(id.uppercased())") == id)
        #expect(assembly.isPersonId(id.uppercased()))
        #expect(!assembly.isPersonId("ann"))
    }

    @Test func `a person is found by id or account name`() throws {
        let people = [
            Person(id: "u-1", accountName: "ada"), Person(id: "u-2", accountName: "bob"),
            Person(id: "u-3", accountName: "bob"),
            Person(id: "ada", accountName: nil),
        ]
        let resolve = PersonResolver(World.directory(people: people, analysts: [], administrators: []))
        #expect(resolve("u-1") == .person("u-1"))
        #expect(resolve("ada") == .person("ada"))
        #expect(resolve("bob") == .several(["u-2", "u-3"]))
        #expect(resolve("eve") == .nobody)
    }
}
