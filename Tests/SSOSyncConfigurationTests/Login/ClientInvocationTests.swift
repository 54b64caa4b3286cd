// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

@Suite("How a client is started")
struct ClientInvocationTests {
    private static let token = Secret("db.example.com:5432/?Action=connect&X-Amz-Signature=abc")

    private func invocation(
        _ client: DatabaseClient,
        engine: String,
        database: String? = nil
    ) async throws -> ClientInvocation {
        let configuration = try Sample.configuration(Sample.yaml(engine: engine), file: "c.yaml")
        let login = try await PersonalLogin(
            configuration,
            target: try configuration.target(named: "orders"),
            user: "ann",
            database: database,
            environment: ["AWS_REGION": "eu-west-1"]
        )
        return ClientInvocation(client, login, token: Self.token, optionsPath: "/dev/fd/9", arguments: ["-x", "y z"])
    }

    @Test(arguments: [(DatabaseClient.psql, "postgres"), (.mysql, "mysql"), (.mariadb, "mysql")])
    func `the token is among no arguments, and is not printed`(client: DatabaseClient, engine: String) async throws {
        let invocation = try await invocation(client, engine: engine)
        #expect(!invocation.arguments.contains { $0.contains("Signature") })
        #expect(!invocation.environment.values.contains { $0?.contains("Signature") ?? false })
        var dumped = ""
        dump(invocation, to: &dumped)
        #expect(!"\(invocation)\(dumped)".contains("Signature"))
        #expect(invocation.arguments.suffix(2) == ["-x", "y z"])
    }

    @Test func `psql verifies chain and host name, whatever the environment says`() async throws {
        let environment = try await invocation(.psql, engine: "postgres").environment
        #expect(environment["PGSSLMODE"] == "verify-full")
        #expect(environment["PGSSLROOTCERT"] != nil)
        for name in ["PGSERVICE", "PGHOSTADDR", "PGREQUIRESSL"] { #expect(environment[name] == .some(nil)) }
    }

    @Test func `the options file comes first, and both clients of MySQL verify`() async throws {
        let oracle = try await invocation(.mysql, engine: "mysql", database: "sales")
        #expect(oracle.arguments.first == "--defaults-file=/dev/fd/9")
        #expect(oracle.arguments.contains("--ssl-mode=VERIFY_IDENTITY"))
        #expect(oracle.arguments.contains("--database=sales"))
        #expect(oracle.optionsFile?.exposed == "[client]\npassword=\"\(Self.token.exposed)\"\n")
        let maria = try await invocation(.mariadb, engine: "mysql")
        #expect(maria.arguments.contains("--ssl-verify-server-cert"))
        #expect(!maria.arguments.contains { $0.hasPrefix("--ssl-mode") })
    }

    @Test func `clients of MySQL are told apart by what they say of themselves`() {
        let oracle = "mysql  Ver 9.7.4 for Linux on x86_64 (MySQL Community Server - GPL)"
        let maria = "mysql  Ver 15.1 Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)"
        #expect(DatabaseClient(for: .mysql, version: oracle) == .mysql)
        #expect(DatabaseClient(for: .mysql, version: maria) == .mariadb)
    }

    @Test func `there is no reader that the target does not have`() async throws {
        let configuration = try Sample.configuration(Sample.yaml(), file: "c.yaml")
        await #expect(throws: UsageError.self) {
            try await PersonalLogin(
                configuration,
                target: try configuration.target(named: "orders"),
                user: "ann",
                reader: 1,
                environment: ["AWS_REGION": "eu-west-1"]
            )
        }
    }
}
