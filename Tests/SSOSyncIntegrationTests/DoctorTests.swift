// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// `sso-sync doctor` on real servers: what is wrong shows, and what it says mends it.
@Suite("The doctor", .enabled(if: ServedTool.exists, "the program is not built beside the tests"))
struct DoctorTests {
    @Test(arguments: World.engines)
    func `finds nothing to mend where runs work`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let patient = try await Patient(world)
            let diagnosis = try await patient.examine()
            #expect(diagnosis.status == 0)
            #expect(diagnosis.checks.allSatisfy { $0.status == .good }, "\(diagnosis.checks)")
            let names = Set(diagnosis.checks.map(\.name))
            #expect(
                names.isSuperset(of: ["identity", "clock", "reading", "login", "server", "rights", "roles", "people"])
            )
            let text = try await patient.tool.run("doctor")
            #expect(text.output.contains("Nothing keeps runs from working"), "\(text)")
        }
    }

    @Test(arguments: World.engines)
    func `a right that is missing is given by the statements that it says`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let patient = try await Patient(world)
            for statement in engine.revocationsFromProvisioner {
                try await patient.asSuperuser(statement)
                let diagnosis = try await patient.examine()
                #expect(diagnosis.status == 4, "\(statement)")
                #expect(diagnosis["rights"]?.status == .failed, "\(statement): \(diagnosis.checks)")
                try await patient.followRemedies(of: "rights", in: diagnosis)
                let healed = try await patient.examine()
                #expect(healed.status == 0, "\(statement): \(healed.checks)")
            }
        }
    }

    @Test(arguments: World.engines)
    func `a role that is missing is made, and granted, by the statements that it says`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let patient = try await Patient(world)
            try await patient.asSuperuser("DROP ROLE readers")
            let diagnosis = try await patient.examine()
            #expect(diagnosis.status == 4)
            #expect(diagnosis["roles"]?.found.contains("readers") == true)
            try await patient.followRemedies(of: "roles", in: diagnosis)
            // Whoever makes the role has to let the provisioner grant it, too.
            try await patient.followRemedies(of: "rights", in: try await patient.examine())
            #expect(try await patient.examine().status == 0)
        }
    }

    @Test(arguments: World.engines)
    func `a server that is down, or refuses, is told, and what depends on it is skipped`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let strange = try await Patient(world, authority: world.server.otherAuthority)
            let unverified = try await strange.examine()
            #expect(unverified.status == 4)
            #expect(unverified["login"]?.found.contains("certificate") == true, "\(unverified.checks)")
            #expect(unverified["people"]?.status == .skipped)

            let refused = try await Patient(world, isAllowed: false).examine()
            #expect(refused["login"]?.status == .failed)

            let patient = try await Patient(world)
            try await world.server.signal("KILL")
            let dead = try await patient.examine()
            #expect(dead.status == 4)
            #expect(dead["login"]?.found.contains("localhost:\(world.server.port)") == true)
        }
    }

    @Test func `owner roles that are full are told, with the way to make more`() async throws {
        try await World.with(postgres: 17, capacity: 1) { world in
            let patient = try await Patient(world)
            try await patient.asSuperuser(
                """
                DO $$ DECLARE owner text := (SELECT rolname FROM pg_roles WHERE rolcreaterole AND NOT rolcanlogin
                    AND rolname LIKE 'sso_sync_owner_test%' LIMIT 1);
                BEGIN
                    EXECUTE format('SET ROLE %I', owner);
                    FOR i IN 1..500 LOOP EXECUTE format('CREATE ROLE filler%s', i); END LOOP;
                END $$
                """
            )
            let full = try await patient.examine()
            #expect(full.status == 4)
            #expect(full["ownerRoles"]?.status == .failed, "\(full.checks)")
            #expect(full["ownerRoles"]?.remedy.first?.hasPrefix("sso-sync bootstrap 'orders' --capacity") == true)
            try await world.server.bootstrap(roles: [], capacity: 1_000)
            #expect(try await patient.examine()["ownerRoles"]?.status == .good)
        }
    }

    @Test func `credentials, clock and directory are looked at, each for itself`() async throws {
        try await World.with(postgres: 17) { world in
            let patient = try await Patient(world, clockOffset: 1_200)
            let slow = try await patient.examine()
            #expect(slow["clock"]?.status == .failed)
            #expect(slow["clock"]?.found.contains("behind") == true)

            try patient.tool.folder.write("people: []\ngroups: []", to: "people.yaml")
            let lost = try await patient.examine()
            #expect(lost.status == 69)
            #expect(lost["reading"]?.found.contains("team") == true)
            #expect(lost["login"]?.status == .good)
            #expect(lost["people"]?.status == .skipped)

            let nobody = try await Patient(world, hasCredentials: false).examine()
            #expect(nobody.status == 4)
            #expect(nobody["identity"]?.status == .failed)
            #expect(nobody["login"]?.status == .failed)
            #expect(nobody["reading"]?.status == .good)
        }
    }

    @Test func `a brake that would trip is told, with what releases it`() async throws {
        try await World.with(postgres: 17) { world in
            let patient = try await Patient(world, more: "\nbrake: { removals: 2 }")
            let names = (1...8).map { "p\($0)" }
            try patient.tool.setMembers(names)
            #expect(try await patient.tool.run("apply").status == 0)
            try patient.tool.setMembers(Array(names.prefix(2)))
            let diagnosis = try await patient.examine()
            #expect(diagnosis.status == 4)
            let remedy = try #require(diagnosis["brake"]?.remedy.last)
            let release = remedy.split(separator: " ").map(String.init)
            #expect(try await patient.tool.run(Array(release.dropFirst())).status == 0, "\(remedy)")
            #expect(try await patient.examine()["brake"] == nil)
        }
    }

    @Test func `a login by password is told what the rights that it lacks do to its password`() async throws {
        try await World.with(postgres: 17) { world in
            let patient = try await Patient(
                world,
                user: "half_made",
                more: "\n    login: { passwordVariable: HALF_MADE }",
                environment: ["HALF_MADE": "x"]
            )
            try await patient.asSuperuser("CREATE ROLE half_made LOGIN PASSWORD 'x'")
            let diagnosis = try await patient.examine()
            #expect(diagnosis["login"]?.status == .good, "\(diagnosis.checks)")
            #expect(diagnosis["rights"]?.found.contains("by token alone") == true)
            try await patient.followRemedies(of: "rights", in: diagnosis)
            #expect(try await patient.examine()["login"]?.status == .failed)
        }
    }

    @Test func `MySQL without performance_schema is a warning, on writer and readers`() async throws {
        try await World.withMySQL(options: ["--performance-schema=OFF"], standby: true) { world in
            let readers = "\n    readers: [{ host: localhost, port: \(world.server.standbyPort) }]"
            let diagnosis = try await Patient(world, more: readers).examine()
            #expect(diagnosis.status == 0)
            let checks = diagnosis.checks.filter { $0.name == "sessions" }
            #expect(checks.map(\.status) == [.warning, .warning], "\(diagnosis.checks)")
            #expect(checks.last?.found.contains("localhost:\(world.server.standbyPort)") == true, "\(checks)")
        }
    }

    @Test(arguments: World.engines)
    func `a certificate that ends soon is a warning on the writer and on readers`(engine: TestEngine) async throws {
        try await World.with(engine, standby: true) { world in
            let lasting = try await Patient(
                world,
                more: "\n    readers: [{ host: localhost, port: \(world.server.standbyPort) }]"
            )
            let before = try await lasting.examine().checks.filter { $0.name == "certificate" }
            #expect(before.map(\.status) == [.good, .good], "\(before)")

            // Those of the tests' own authority are made for two days.
            let certificates = try TestCertificates.shared.get()
            try await world.server.show(certificates.right, of: certificates.authority)
            let patient = try await Patient(world, authority: certificates.authority)
            try await eventually("the server shows the other certificate") {
                try await patient.examine()["login"]?.status == .good
            }
            // Within the second in which it was made it has two whole days.
            try await eventually("the first second of two days is over") {
                try await patient.examine()["certificate"]?.found.contains("for 1 day:") == true
            }
            let check = try await patient.examine()["certificate"]
            #expect(check?.status == .warning, "\(check as Any)")
            #expect(check?.remedy.isEmpty == false)
        }
    }

    @Test func `a group that is not pinned, or that nobody is in, is a warning`() async throws {
        try await World.with(postgres: 17) { world in
            let patient = try await Patient(world, pin: "")
            try patient.tool.setMembers([])
            let diagnosis = try await patient.examine()
            #expect(diagnosis.status == 0)
            #expect(diagnosis["pins"]?.status == .warning)
            #expect(diagnosis["pins"]?.remedy.contains { $0.contains("g-1") } == true)
            #expect(diagnosis["members"]?.status == .warning)
        }
    }
}

/// A deployment that is looked at.
private struct Patient {
    let tool: ServedTool
    private let world: World

    init(
        _ world: World,
        authority: String? = nil,
        clockOffset: Int = 0,
        isAllowed: Bool = true,
        hasCredentials: Bool = true,
        pin: String = "id: g-1, ",
        user: String = "sso_provisioner",
        more: String = "",
        environment added: [String: String] = [:]
    ) async throws {
        self.world = world
        var aws = try await AWSStandIn.world()
        aws.clockOffset = clockOffset
        try await aws.set()
        if isAllowed { try world.allow(aws) }
        var environment = aws.environment.merging(added) { $1 }
        if !hasCredentials {
            environment["AWS_ACCESS_KEY_ID"] = ""
            environment["AWS_SECRET_ACCESS_KEY"] = ""
        }
        let configuration = """
            version: 1
            owner: test
            directory: { file: { path: people.yaml } }
            targets:
              - name: orders
                mode: enforce
                engine: \(world.server.engine == .mysql ? "mysql" : "postgres")
                host: localhost
                port: \(world.server.port)
                region: eu-west-1
                user: \(user)
                tls: { ca: \(authority ?? world.server.authority) }
                groups: { team: { \(pin)roles: [readers] } }\(more)
            """
        tool = try ServedTool(configuration: configuration, environment: environment)
        try tool.setMembers(["ann"])
    }

    /// What `doctor --json` says.
    struct Diagnosis: Decodable {
        struct Part: Decodable { let checks: [HealthCheck] }
        let parts: [Part]
        var status: Int32 = 0
        var checks: [HealthCheck] { parts.flatMap(\.checks) }

        private enum CodingKeys: CodingKey { case parts }

        subscript(name: String) -> HealthCheck? { checks.first { $0.name == name } }
    }

    func examine() async throws -> Diagnosis {
        let outcome = try await tool.run("doctor", "--json")
        var diagnosis = try JSONDecoder().decode(Diagnosis.self, from: Data(outcome.output.utf8))
        diagnosis.status = outcome.status
        return diagnosis
    }

    func asSuperuser(_ statement: String) async throws {
        let (client, option) = world.server.engine == .mysql ? ("mysql", "-e") : ("psql", "-c")
        _ = try await world.server.process.run(client: client, standby: false, [option, statement])
    }

    /// Runs what it says, to the letter.
    func followRemedies(of name: String, in diagnosis: Diagnosis) async throws {
        for statement in diagnosis[name]?.remedy ?? [] { try await asSuperuser(statement) }
    }
}

extension TestServer {
    /// Shows another certificate from now on.
    fileprivate func show(_ pair: TestCertificates.Pair, of authority: String) async throws {
        let data = process.facts["DATA"] ?? ""
        // Beside its data, because the server's user has to own the key.
        let (certificate, key, ca) = ("\(data)/../other.pem", "\(data)/../other.key", "\(data)/../other-ca.pem")
        let script = """
            cp "$1" "$2" && chmod 600 "$2" && if [ "$(id -u)" = 0 ]; then chown --reference="$3" "$2"; fi
            """
        for (from, to) in [(pair.certificate, certificate), (pair.key, key), (authority, ca)] {
            _ = try await ChildProcess.output(["sh", "-c", script, "sh", from, to, data])
        }
        let statements =
            engine == .mysql
            ? [
                "SET GLOBAL ssl_cert = '\(certificate)'", "SET GLOBAL ssl_key = '\(key)'",
                "SET GLOBAL ssl_ca = '\(ca)'",
                "ALTER INSTANCE RELOAD TLS",
            ]
            : [
                "ALTER SYSTEM SET ssl_cert_file = '\(certificate)'", "ALTER SYSTEM SET ssl_key_file = '\(key)'",
                "SELECT pg_reload_conf()",
            ]
        let (client, option) = engine == .mysql ? ("mysql", "-e") : ("psql", "-c")
        for statement in statements { _ = try await process.run(client: client, standby: false, [option, statement]) }
    }
}

extension TestEngine {
    /// Statements by which a provisioner loses one right each that it needs.
    fileprivate var revocationsFromProvisioner: [String] {
        switch self {
        case .mysql:
            [
                "REVOKE PROCESS ON *.* FROM sso_provisioner", "REVOKE CREATE USER ON *.* FROM sso_provisioner",
                "REVOKE SHOW_ROUTINE ON *.* FROM sso_provisioner", "REVOKE ROLE_ADMIN ON *.* FROM sso_provisioner",
                "REVOKE CONNECTION_ADMIN ON *.* FROM sso_provisioner",
                "REVOKE EVENT, TRIGGER ON *.* FROM sso_provisioner",
            ]
        case .postgres(let version) where version < 16:
            ["REVOKE pg_signal_backend FROM sso_provisioner"]
        case .postgres:
            // Who does not say so revokes only what they granted themselves; the master user has the right by rds_superuser.
            [
                "REVOKE pg_signal_backend FROM sso_provisioner GRANTED BY rds_superuser",
                "REVOKE readers FROM sso_sync_grantor_test GRANTED BY postgres",
            ]
        }
    }
}
