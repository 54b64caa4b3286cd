// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncCore
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Synchronization
import Testing

@testable import SSOSyncMySQL

@Suite("Connections to MySQL that are kept", .timeLimit(.minutes(5)))
struct MySQLKeptConnectionTests {
    @Test func `the next run has the connection of the last one, by its own name, and somebody else the lock between`()
        async throws
    {
        try await World.withMySQL { world in
            let keeping = Self.keeping(world)
            world.set("ann", in: ["readers"])
            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
            let kept = try await Self.connections(world)
            #expect(kept.count == 1)

            let other = try await world.provisioner().openSession(.writing("other"))
            #expect(await world.engine(provisioner: keeping).apply().verdict == .busy)
            await other.close()

            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
            let before = try await Self.connections(world)
            let session = try await keeping.openSession(.writing("second"))
            #expect(try await Self.connections(world) == before)
            #expect(try await Self.names(world) == ["sso-sync/second"])
            #expect(try await world.run().verdict == .busy)
            await session.close()
            // Twice, and the second time it is not this session's any more.
            let third = try await keeping.openSession(.writing("third"))
            await session.close()
            #expect(try await world.run().verdict == .busy)
            await third.close()
        }
    }

    @Test func `without being asked to, a provisioner keeps none`() async throws {
        try await World.withMySQL { world in
            try await world.apply()
            try await eventually("nobody is connected") { try await Self.connections(world).isEmpty }
        }
    }

    @Test func `one that the server has ended is replaced, once`() async throws {
        try await World.withMySQL { world in
            let keeping = Self.keeping(world)
            world.set("ann", in: ["readers"])
            _ = await world.engine(provisioner: keeping).apply()
            let kept = try await Self.connections(world)
            try await world.mysql.superuser("KILL \(kept[0])")
            world.set("bob", in: ["readers"])
            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
            #expect(await world.canLogIn("bob"))
            let now = try await Self.connections(world)
            #expect(now.count == 1 && now != kept)
        }
    }

    @Test func `what a session leaves behind is gone in the next one`() async throws {
        try await World.withMySQL { world in
            let keeping = Self.keeping(world)
            let first = try await Self.open(keeping)
            let id = first.connection.connectionId
            let settings = try await Self.settings(first)
            try await first.connection.execute([
                "SET SESSION sql_mode = '', SESSION wait_timeout = 9999, @left = 1", "SET NAMES latin1",
                "SELECT GET_LOCK('other', 0)", "SET ROLE NONE", "SET SESSION lock_wait_timeout = 9999", "BEGIN",
            ])
            #expect(try await Self.settings(first) != settings)
            await first.close()
            let second = try await Self.open(keeping)
            #expect(second.connection.connectionId == id)
            #expect(try await Self.settings(second) == settings)
            await second.close()
        }
    }

    @Test func `whatever went wrong keeps a connection from being kept`() async throws {
        try await World.withMySQL { world in
            let keeping = Self.keeping(world)
            let failing = try await Self.open(keeping)
            try await failing.connection.execute(["SET SESSION max_execution_time = 1"])
            await #expect(throws: SyncError.self) {
                while true { _ = try await failing.inspect(Self.nobody) }
            }
            await failing.close()
            try await eventually("it has gone") { try await Self.connections(world).isEmpty }

            // Somebody else has let go of the lock, who cannot have had it: then nobody knows who has.
            let lockless = try await Self.open(keeping)
            try await lockless.connection.execute(["SELECT RELEASE_ALL_LOCKS()"])
            await lockless.close()
            try await eventually("it has gone") { try await Self.connections(world).isEmpty }

            let hindered = InterceptedProvisioner(keeping) { event in
                if case .inspected = event { try await world.server.hinderAdmission(to: "readers") }
            }
            world.set("ann", in: ["readers"])
            let target = try #require(await world.engine(provisioner: hindered).apply().targets.first)
            #expect(target.failure == nil && target.failedOutcomes.count == 1)
            try await eventually("it has gone") { try await Self.connections(world).isEmpty }
        }
    }

    @Test func `a provisioner that may not log in any more is not let in on a kept connection, and no token is told`()
        async throws
    {
        try await World.withMySQL { world in
            let log = Log()
            let keeping = Self.keeping(world, logger: Logger(label: "test") { _ in log })
            _ = await world.engine(provisioner: keeping).apply()
            #expect(try await Self.connections(world).count == 1)
            try await world.mysql.superuser("ALTER USER sso_provisioner ACCOUNT LOCK")
            let barred = await world.engine(provisioner: keeping).apply()
            #expect(barred.targets.first?.failure?.code == .authentication, "\(barred.targets)")
            try await eventually("it has gone") { try await Self.connections(world).isEmpty }
            #expect(log.text.contains("a connection is kept no longer"))
            #expect(!log.text.contains("X-Amz-Signature"))
            try await world.mysql.superuser("ALTER USER sso_provisioner ACCOUNT UNLOCK")
            #expect(await world.engine(provisioner: keeping).apply().verdict == .inSync)
        }
    }

    @Test func `one is left when the host's name leads elsewhere by now`() async throws {
        try await World.withMySQL { world in
            let connections = MySQLConnections()
            // Of the same machine, and the server does not listen there.
            let elsewhere = MySQLEndpoint(host: "127.0.0.2", port: world.server.port)
            let keeping = Self.keeping(world, connections) { $0.writer = elsewhere }
            let former = try await Self.keep(in: connections, to: world.mysql.writer, as: elsewhere, world)
            let failure = await #expect(throws: SyncError.self) { try await keeping.openSession(.writing("test")) }
            #expect(failure?.code == .unreachable, "\(String(describing: failure))")
            #expect(await former.isClosed)
        }
    }

    @Test func `one is left when its server has become a replica`() async throws {
        try await World.withMySQL(standby: true) { world in
            let connections = MySQLConnections()
            let writer = world.mysql.writer
            let former = try await Self.keep(in: connections, to: world.mysql.standby, as: writer, world)
            let session = try await Self.open(Self.keeping(world, connections))
            #expect(await former.isClosed)
            #expect(try await session.connection.query("SELECT @@GLOBAL.read_only").bool(0, 0) == false)
            await session.close()
            connections.hangUp()
        }
    }

    @Test func `what is hung up is ended`() async throws {
        try await World.withMySQL { world in
            let connections = MySQLConnections()
            _ = await world.engine(provisioner: Self.keeping(world, connections)).apply()
            #expect(try await Self.connections(world).count == 1)
            connections.hangUp()
            try await eventually("it has gone") { try await Self.connections(world).isEmpty }
        }
    }

    @Test func `the function makes one connection for its events, and another one for a full run`() async throws {
        try await World.withMySQL { world in
            let story = try await FunctionStory(world)
            for person in 1...3 { try await story.aws.join(person, FunctionStory.readers) }
            let events = try (1...3).map {
                try LambdaEvents.batch([story.event("AddMemberToGroup", $0, FunctionStory.readers)])
            }
            let before = try await Self.handshakes(world)
            let report = try await story.play([events[0], events[1], LambdaEvents.schedule, events[2]])
            #expect(report.kinds == ["response", "response", "response", "response"])
            #expect(try await Self.handshakes(world) - before == 2)
            for person in 1...3 { #expect(await world.canLogIn(AccountName("person\(person)"))) }
        }
    }

    /// Everything that is logged.
    private final class Log: LogHandler {
        private let lines = Mutex("")
        var text: String { lines.withLock { $0 } }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }

        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) { lines.withLock { $0 += "\(event.message) \(event.metadata ?? [:])\n" } }
    }

    // MARK: Parts

    private static func keeping(
        _ world: World,
        _ connections: MySQLConnections = MySQLConnections(),
        logger: Logger = Logger(label: "test"),
        _ change: (inout MySQLConfiguration) -> Void = { _ in }
    ) -> MySQLProvisioner {
        var configuration = world.mysql.configuration()
        change(&configuration)
        return MySQLProvisioner(
            configuration,
            owner: World.owner,
            secrets: IAMStandIn.tokens,
            keeping: connections,
            logger: logger
        )
    }

    /// Has a connection kept that goes to one endpoint, as if it were one to another.
    private static func keep(
        in connections: MySQLConnections,
        to endpoint: MySQLEndpoint,
        as other: MySQLEndpoint,
        _ world: World
    ) async throws -> MySQLConnection {
        let connector = InstanceConnector(
            configuration: world.mysql.configuration(),
            secrets: IAMStandIn.tokens,
            runId: "test",
            logger: Logger(label: "test")
        )
        let connection = try await connector.connect(to: endpoint, deadline: .now + .seconds(60))
        #expect(await connections.keep(MySQLConnections.Line(connection, connector.options(of: other))))
        return connection
    }

    private static func open(_ provisioner: MySQLProvisioner) async throws -> MySQLSession {
        try #require(try await provisioner.openSession(.writing("test")) as? MySQLSession)
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

    private static func settings(_ session: MySQLSession) async throws -> String {
        let rows = try await session.connection.query(
            """
            SELECT CONCAT_WS('|', @@sql_mode, @@wait_timeout, @@lock_wait_timeout, @@max_execution_time, @@time_zone, @left,
                @@character_set_client, CURRENT_ROLE(), IS_USED_LOCK('other') <=> CONNECTION_ID())
            """
        )
        return rows.string(0, 0) ?? ""
    }

    /// The provisioner's connections, ascending.
    private static func connections(_ world: World) async throws -> [Int] {
        try await world.mysql.superuser(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'sso_provisioner' ORDER BY 1"
        )
        .compactMap(Int.init)
    }

    private static func names(_ world: World) async throws -> [String] {
        try await world.mysql.superuser(
            """
            SELECT ATTR_VALUE FROM performance_schema.session_connect_attrs a
                JOIN information_schema.PROCESSLIST p ON p.ID = a.PROCESSLIST_ID
            WHERE p.USER = 'sso_provisioner' AND a.ATTR_NAME = 'program_name'
            """
        )
    }

    /// How many connections have been made over TLS, which the superuser's are not.
    ///
    /// <https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html#statvar_Ssl_finished_accepts>
    private static func handshakes(_ world: World) async throws -> Int {
        let rows = try await world.mysql.superuser(
            "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Ssl_finished_accepts'"
        )
        return rows.first.flatMap { Int($0) } ?? -1
    }
}
