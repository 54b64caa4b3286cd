// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncPostgres

@Suite("Connections that are kept", .timeLimit(.minutes(5)))
struct KeptConnectionTests {
    @Test(arguments: World.postgresVersions)
    func `the next run has the connection of the last one, by its own name, and somebody else the lock between`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let keeping = Self.keeping(world)
            world.set("ann", in: ["readers"])
            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
            let kept = try await Self.backends(world)
            #expect(kept.count == 1)

            let other = try await world.provisioner().openSession(.writing("other"))
            #expect(await world.engine(provisioner: keeping).apply().verdict == .busy)
            await other.close()

            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
            let before = try await Self.backends(world)
            let session = try await keeping.openSession(.writing("second"))
            #expect(try await Self.backends(world) == before)
            #expect(try await Self.names(world) == ["sso-sync/second"])
            #expect(try await world.run().verdict == .busy)
            await session.close()
            // Twice, and the second time it is not this session's any more.
            let third = try await keeping.openSession(.writing("third"))
            await session.close()
            let deadline = ContinuousClock.now.advanced(by: .seconds(30))
            let fourth = try await keeping.openSession(SessionAccess(.reading, runId: "fourth", deadline: deadline))
            #expect(try await Self.backends(world).count == 2)
            #expect(try await third.inspect(Self.nobody).accounts.isEmpty)
            await fourth.close()
            await third.close()
        }
    }

    @Test(arguments: World.postgresVersions)
    func `without being asked to, a provisioner keeps none`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            try await world.apply()
            try await eventually("nobody is connected") { try await Self.backends(world).isEmpty }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `one that the server has ended is replaced, once`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let keeping = Self.keeping(world)
            world.set("ann", in: ["readers"])
            _ = await world.engine(provisioner: keeping).apply()
            let kept = try await Self.backends(world)
            try await world.postgres.superuser("SELECT pg_terminate_backend(\(kept[0]))")
            world.set("bob", in: ["readers"])
            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
            #expect(await world.canLogIn("bob"))
            let now = try await Self.backends(world)
            #expect(now.count == 1 && now != kept)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `one on which nobody answers is given up after two seconds`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let keeping = Self.keeping(world)
            _ = await world.engine(provisioner: keeping).apply()
            let kept = try await Self.backends(world)[0]
            try await ChildProcess.output(["kill", "-STOP", "\(kept)"])
            let began = ContinuousClock.now
            let verdict = await world.engine(provisioner: keeping).apply().verdict
            let took = began.duration(to: .now)
            try await ChildProcess.output(["kill", "-CONT", "\(kept)"])
            #expect(verdict == .inSync)
            #expect((.seconds(2)...(.seconds(30))).contains(took))
            try await eventually("it has gone") { try await !Self.backends(world).contains(kept) }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `one on which nobody has answered by the time that a target has is not kept, and leaves no lock behind`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("ann", in: ["readers"])
            try await FaultProxy.with(world.server.port) { proxy in
                let keeping = Self.keeping(world) { $0.writer = PostgresEndpoint(host: "localhost", port: proxy.port) }
                let silent = InterceptedProvisioner(keeping) { event in
                    if case .opened = event { try await proxy.command("swallow down") }
                }
                var options = SyncEngine.Options()
                options.timeLimitPerTarget = .seconds(3)
                let began = ContinuousClock.now
                let failure = await world.engine(provisioner: silent).apply(options: options).targets.first?.failure
                #expect(began.duration(to: .now) < .seconds(60))
                #expect(failure?.code == .timeout, "\(failure as Any)")
                try await eventually("it has gone") { try await Self.backends(world).isEmpty }
                try await proxy.command("pass")
                #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
                #expect(await world.canLogIn("ann"))
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `what a session leaves behind is gone in the next one`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let keeping = Self.keeping(world)
            try await world.postgres.superuser("GRANT writers TO sso_provisioner")
            let first = try await Self.open(keeping)
            let pid = first.connection.backendPID
            let settings = try await Self.settings(first)
            try await first.connection.execute(
                """
                SET lock_timeout = 1; SET search_path = public; SET idle_session_timeout = 0; SET timezone = 'Asia/Tokyo';
                SELECT pg_advisory_lock(1); SET ROLE writers
                """
            )
            await first.close()
            let second = try await Self.open(keeping)
            #expect(second.connection.backendPID == pid)
            #expect(try await Self.settings(second) == settings)
            #expect(settings.hasPrefix("10s|pg_catalog,pg_temp|1min|UTC|sso_provisioner|"), "\(settings)")
            let locks = try await world.postgres.superuser(
                "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = 0"
            )
            #expect(locks == [])
            await second.close()
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a transaction that is open, and whatever went wrong, keep a connection from being kept`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let keeping = Self.keeping(world)
            let open = try await Self.open(keeping)
            try await open.connection.execute("BEGIN")
            await open.close()
            try await eventually("it has gone") { try await Self.backends(world).isEmpty }

            let failing = try await Self.open(keeping)
            try await failing.connection.execute("SET statement_timeout = 1")
            await #expect(throws: SyncError.self) {
                while true { _ = try await failing.inspect(Self.nobody) }
            }
            await failing.close()
            try await eventually("it has gone") { try await Self.backends(world).isEmpty }

            let hindered = InterceptedProvisioner(keeping) { event in
                if case .inspected = event { try await world.server.hinderAdmission(to: "readers") }
            }
            world.set("ann", in: ["readers"])
            let target = try #require(await world.engine(provisioner: hindered).apply().targets.first)
            #expect(target.failure == nil && target.failedOutcomes.count == 1)
            try await eventually("it has gone") { try await Self.backends(world).isEmpty }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a right, a login and a membership in rds_iam that were lost are noticed on a kept connection`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let keeping = Self.keeping(world)
            _ = await world.engine(provisioner: keeping).apply()
            try await world.postgres.takeAway("pg_signal_backend", from: "sso_provisioner")
            let refused = await world.engine(provisioner: keeping).apply()
            #expect(refused.targets.first?.failure?.code == .privilege, "\(refused.targets)")
            try await world.server.allowAdmission(to: "readers")
            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)

            try await world.postgres.superuser("ALTER ROLE sso_provisioner NOLOGIN")
            let barred = await world.engine(provisioner: keeping).apply()
            #expect(barred.targets.first?.failure?.code == .authentication, "\(barred.targets)")
            try await eventually("it has gone") { try await Self.backends(world).isEmpty }
            try await world.postgres.superuser("ALTER ROLE sso_provisioner LOGIN")
            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)

            let kept = try await Self.backends(world)
            try await world.postgres.takeAway("rds_iam", from: "sso_provisioner")
            let asked = await world.engine(provisioner: keeping).apply()
            try await eventually("it has gone") { try await !Self.backends(world).contains(kept[0]) }
            // From 16 on it is in rds_iam by way of the grantor role, too, and the server lets it in.
            #expect(asked.targets.first?.failure?.code == (version < 16 ? .authentication : nil), "\(asked.targets)")
        }
    }

    @Test(arguments: World.postgresVersions)
    func `one is left when the host's name leads elsewhere by now`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let connections = PostgresConnections()
            // Of the same machine, and the server does not listen there.
            let elsewhere = PostgresEndpoint(host: "127.0.0.2", port: world.server.port)
            let keeping = Self.keeping(world, connections) { $0.writer = elsewhere }
            let former = try await Self.keep(in: connections, to: world.postgres.writer, as: elsewhere, world)
            let failure = await #expect(throws: SyncError.self) { try await keeping.openSession(.writing("test")) }
            #expect(failure?.code == .unreachable, "\(String(describing: failure))")
            #expect(await former.isClosed)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `one is left when its server has become a replica`(version: Int) async throws {
        try await World.with(postgres: version, standby: true) { world in
            let connections = PostgresConnections()
            let writer = world.postgres.writer
            let former = try await Self.keep(in: connections, to: world.postgres.standby, as: writer, world)
            let session = try await Self.open(Self.keeping(world, connections))
            #expect(await former.isClosed)
            #expect(session.connection.backendPID != former.backendPID)
            let replica = try await session.connection.query("SELECT pg_is_in_recovery()")
            #expect(replica.bool(0, 0) == false)
            await session.close()
            connections.hangUp()
        }
    }

    @Test(arguments: World.postgresVersions)
    func `after a failover the former writer, now a replica, is refused, and the new one worked on`(
        version: Int
    ) async throws {
        try await World.with(postgres: version, standby: true) { world in
            let connections = PostgresConnections()
            let former = Self.keeping(world, connections)
            world.set("ann", in: ["readers"])
            #expect(await world.engine(provisioner: former).apply().verdict == .inSync)
            try await world.postgres.superuser("SELECT pg_promote()", standby: true)
            try await world.postgres.restartAsReplica()

            world.set("bob", in: ["readers"])
            let refused = await world.engine(provisioner: former).apply()
            let failure = refused.targets.first?.failure
            // Before anything was planned: it takes no statement that changes something anyway.
            #expect(
                failure?.code == .readOnly && failure?.message.contains("is a read replica") == true,
                "\(refused.targets)"
            )
            let promoted = Self.keeping(world, connections) {
                ($0.writer, $0.readers) = (world.postgres.standby, [world.postgres.writer])
            }
            #expect(await world.engine(provisioner: promoted).apply().verdict == .inSync)
            #expect(try await world.mayLogIn("bob", standby: true) == true)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `what is hung up is ended`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let connections = PostgresConnections()
            _ = await world.engine(provisioner: Self.keeping(world, connections)).apply()
            #expect(try await Self.backends(world).count == 1)
            connections.hangUp()
            try await eventually("it has gone") { try await Self.backends(world).isEmpty }
        }
    }

    @Test
    func `the function makes one connection for its events, and another one for a full run`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world)
            for person in 1...3 { try await story.aws.join(person, FunctionStory.readers) }
            let events = try (1...3).map {
                try LambdaEvents.batch([story.event("AddMemberToGroup", $0, FunctionStory.readers)])
            }
            try await Self.logConnections(world)
            let report = try await story.play([events[0], events[1], LambdaEvents.schedule, events[2]])
            #expect(report.kinds == ["response", "response", "response", "response"])
            for person in 1...3 { #expect(await world.canLogIn(AccountName("person\(person)"))) }
            #expect(try Self.loggedConnections(world) == 2)
        }
    }

    @Test
    func `a spoke makes one connection for excerpts, and another one for a snapshot`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            for person in 1...3 { try await story.aws.join(person, FleetStory.readers) }
            var messages = try await [
                story.message(1, in: ["Readers"], age: 0), story.message(2, in: ["Readers"], age: 0),
            ]
            _ = try await story.playHub([LambdaEvents.schedule])
            messages += try await spoke.queue.drain()
            messages.append(try await story.message(3, in: ["Readers"], age: 0))
            try await Self.logConnections(world)
            let report = try await story.play(spoke, try messages.map { try LambdaEvents.batch([$0]) })
            let done = [String](repeating: LambdaEvents.failures(), count: 4)
            #expect(report.outcomes.map(\.body) == done, "\(report.output)")
            for person in 1...3 { #expect(await world.canLogIn(AccountName("person\(person)"))) }
            #expect(try Self.loggedConnections(world) == 2)
        }
    }

    // MARK: Parts

    private static func keeping(
        _ world: World,
        _ connections: PostgresConnections = PostgresConnections(),
        _ change: (inout PostgresConfiguration) -> Void = { _ in }
    ) -> PostgresProvisioner {
        var configuration = world.postgres.configuration()
        change(&configuration)
        return PostgresProvisioner(
            configuration,
            owner: World.owner,
            secrets: IAMStandIn.tokens,
            keeping: connections
        )
    }

    /// Has a connection kept that goes to one endpoint, as if it were one to another.
    private static func keep(
        in connections: PostgresConnections,
        to endpoint: PostgresEndpoint,
        as other: PostgresEndpoint,
        _ world: World
    ) async throws -> PostgresConnection {
        let connector = InstanceConnector(
            configuration: world.postgres.configuration(),
            secrets: IAMStandIn.tokens,
            runId: "test"
        )
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        let connection = try await connector.connect(to: endpoint, deadline: deadline)
        let facts = try await ServerFacts.read(connection, deadline: deadline)
        #expect(await connections.keep(PostgresConnections.Line(connection, connector.options(of: other), facts)))
        return connection
    }

    private static func open(_ provisioner: PostgresProvisioner) async throws -> PostgresSession {
        try #require(try await provisioner.openSession(.writing("test")) as? PostgresSession)
    }

    private static var nobody: InspectionRequest {
        InspectionRequest(
            owner: World.owner,
            directory: World.directoryId,
            scope: .people([]),
            names: [],
            roles: [],
            windowStart: .now
        )
    }

    private static func settings(_ session: PostgresSession) async throws -> String {
        let names: [SQLText] = ["lock_timeout", "search_path", "idle_session_timeout", "timezone"]
        let values = names.map { "current_setting('" + $0 + "')" }.joined()
        let rows = try await session.connection.query(
            "SELECT concat_ws('|', \(values), current_user, current_setting('statement_timeout'))"
        )
        return rows.string(0, 0) ?? ""
    }

    private static func logConnections(_ world: World) async throws {
        try await world.postgres.superuser("ALTER SYSTEM SET log_connections = on")
        try await world.postgres.superuser("SELECT pg_reload_conf()")
        try await eventually("connections are logged") {
            try await world.postgres.superuser("SHOW log_connections") == ["on"]
        }
    }

    /// How many connections the provisioner has made since they are logged.
    private static func loggedConnections(_ world: World) throws -> Int {
        let log = try String(contentsOfFile: #require(world.postgres.facts["LOG"]), encoding: .utf8)
        return log.split(separator: "connection authorized: user=sso_provisioner ").count - 1
    }

    /// The processes that serve the provisioner, ascending.
    private static func backends(_ world: World) async throws -> [Int] {
        try await world.postgres.superuser(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'sso_provisioner' ORDER BY 1"
        )
        .compactMap(Int.init)
    }

    private static func names(_ world: World) async throws -> [String] {
        try await world.postgres.superuser(
            "SELECT application_name FROM pg_stat_activity WHERE usename = 'sso_provisioner'"
        )
    }
}
