// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

@Suite("Settings of a MySQL server")
struct MySQLSettingsTests {
    @Test func `sql_mode with ANSI_QUOTES and NO_BACKSLASH_ESCAPES changes nothing`() async throws {
        try await World.withMySQL(options: ["--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT"]) { world in
            let name: AccountName = "ann.o=x/y+z@example.com"
            world.set("u", name: name, in: ["readers"])
            world.set("stays", in: ["readers"])
            try await world.apply()
            #expect(await world.canLogIn(name))
            world.set("u", name: "plain", in: ["writers"])
            try await world.apply()
            #expect(try await world.activeRoles(of: "plain") == ["writers"])
            world.set("u", in: [])
            try await world.apply()
            #expect(await !world.canLogIn("plain"))
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: ["super_read_only", "read_only"]) func `a server that takes no writes is told apart`(
        setting: String
    ) async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser("SET GLOBAL \(setting) = ON")
            world.set("ann", in: ["readers"])
            let report = try await world.run()
            #expect(report.failure?.code == .readOnly)
            #expect(report.failure?.message.contains("read_only is on") == true)
            #expect(report.failure?.message.contains("give the writer's endpoint") == true)
        }
    }

    @Test func `a server that becomes read-only in the middle fails the target, and the next run goes on`() async throws
    {
        try await World.withMySQL { world in
            for number in 1...5 { world.set(UserId("p\(number)"), in: ["readers"]) }
            let intercepted = InterceptedProvisioner(world.provisioner()) { event in
                if case .inspected = event { try await world.mysql.superuser("SET GLOBAL super_read_only = ON") }
            }
            let report = try await world.run(provisioner: intercepted)
            #expect(report.failure?.code == .readOnly)
            try await world.mysql.superuser("SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF")
            try await world.apply()
            #expect(await world.canLogIn("p5"))
        }
    }

    @Test func `without the plugin it is said how to turn IAM authentication on`() async throws {
        let server = try await MySQLScratchServer(hasPlugin: false)
        do {
            let provisioner = MySQLProvisioner(
                server.configuration(user: "admin"),
                owner: World.owner,
                secrets: server.masterSecret
            )
            let access = SessionAccess(.reading, runId: "test", deadline: .now.advanced(by: .seconds(20)))
            let error = await #expect(throws: SyncError.self) { _ = try await provisioner.openSession(access) }
            #expect(error?.code == .unsupported)
            #expect(error?.message.contains("turn IAM database authentication on") == true)
            for command in ["modify-db-instance", "modify-db-cluster"] {
                #expect(error?.message.contains("aws rds \(command) ") == true)
            }
            #expect(error?.message.contains("--enable-iam-database-authentication") == true)
        }
        try await server.drop()
    }

    @Test func `a proxy that numbers connections itself is refused, one that does not is none`() async throws {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers"])
            try await FaultProxy.with(world.mysql.port) { proxy in
                #expect(try await world.run { $0.writerPort = proxy.port }.verdict == .inSync)
                try await proxy.command("renumber")
                let failure = try await world.run { $0.writerPort = proxy.port }.failure
                #expect(failure?.code == .unsupported)
                #expect(failure?.message.contains("is a proxy or a connection pool") == true, "\(failure as Any)")
            }
        }
    }

    @Test
    func `the server answers under the number that its greeting had, and a proxy endpoint is refused by its name`()
        async throws
    {
        try await World.withMySQL { world in
            #expect(try await world.mysql.openSuperuser().isDirect)
            let provisioner = world.mysql.provisioner { configuration in
                configuration.writer = MySQLEndpoint(host: "orders.proxy-abc.eu-west-1.rds.amazonaws.com")
            }
            let failure = try await world.run(provisioner: provisioner).failure
            #expect(failure?.code == .unsupported)
            #expect(failure?.message.contains("RDS Proxy endpoint") == true)
        }
    }
}
