// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Identity is not a name")
struct MarkersIdentityTests {
    @Test(arguments: World.postgresVersions)
    func `a person deleted and created anew under the same name gets a new account and inherits nothing`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("stays", in: ["readers", "writers"])
            world.set("old", name: "kim", in: ["readers", "writers"])
            try await world.apply()
            let session = try await world.postgres.logIn(as: "kim")
            try await session.execute("CREATE TEMP TABLE mine (x int)")
            try await superuser.execute("CREATE TABLE public.theirs (x int); ALTER TABLE public.theirs OWNER TO kim")
            world.delete("old")
            world.set("new", name: "kim", in: ["readers"])
            try await world.apply()
            await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
            let state = try await ServerState(superuser)
            #expect(state["kim"]?.marker?.user == "new")
            #expect(state["kim"]?.roles == ["readers"])
            let aside = try #require(state.accounts(of: "old").first)
            #expect(!aside.canLogIn && aside.roles.isEmpty && aside.name != "kim")
            #expect(await world.canLogIn("kim"))
            #expect(await !world.canLogIn(aside.name))
            let owner = try await superuser.column("SELECT tableowner FROM pg_tables WHERE tablename = 'theirs'")
            #expect(owner == [aside.name.rawValue])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `when the first of two namesakes comes back under another name, it is to their own account`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("stays", in: ["readers", "writers"])
            world.set("old", name: "kim", in: ["writers"])
            try await world.apply()
            let id = try await superuser.column("SELECT oid::text FROM pg_roles WHERE rolname = 'kim'")
            world.set("old", in: [])
            world.set("new", name: "kim", in: ["readers"])
            try await world.apply()
            world.set("old", in: ["writers"])
            let collision = try await world.apply()
            #expect(collision.outcomes.isEmpty)
            world.set("old", name: "kim o", in: ["writers"])
            try await world.apply()
            #expect(try await superuser.column("SELECT oid::text FROM pg_roles WHERE rolname = 'kim o'") == id)
            #expect(await world.canLogIn("kim o"))
            #expect(try await world.rolesHeld(by: "kim o") == ["writers"])
            #expect(try await world.rolesHeld(by: "kim") == ["readers"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a renamed person keeps account, grants and objects, and the old name lets nobody in`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await superuser.execute("CREATE TABLE public.hers (x int); ALTER TABLE public.hers OWNER TO ann")
            let id = try await superuser.column("SELECT oid::text FROM pg_roles WHERE rolname = 'ann'")
            world.set("ann", name: "ann smith", in: ["readers"])
            let report = try await world.apply()
            #expect(report.outcomes.map(\.operation.label) == ["rename"])
            #expect(try await superuser.column("SELECT oid::text FROM pg_roles WHERE rolname = 'ann smith'") == id)
            #expect(await world.canLogIn("ann smith"))
            #expect(await !world.canLogIn("ann"))
            let owner = try await superuser.column("SELECT tableowner FROM pg_tables WHERE tablename = 'hers'")
            #expect(owner == ["ann smith"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `two people who swap names keep their own accounts`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("one", name: "left", in: ["readers"])
            world.set("two", name: "right", in: ["writers"])
            try await world.apply()
            let ids = try await superuser.column(
                "SELECT oid::text FROM pg_roles WHERE rolname IN ('left', 'right') ORDER BY rolname"
            )
            world.set("one", name: "right", in: ["readers"])
            world.set("two", name: "left", in: ["writers"])
            try await world.apply()
            let swapped = try await superuser.column(
                "SELECT oid::text FROM pg_roles WHERE rolname IN ('left', 'right') ORDER BY rolname DESC"
            )
            #expect(swapped == ids)
            #expect(try await world.rolesHeld(by: "right") == ["readers"])
            #expect(await world.canLogIn("left"))
            #expect(await world.canLogIn("right"))
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a disabled person is out at once, and back with the same account once enabled`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            world.set("stays", in: ["readers"])
            world.set("ann", in: ["readers"])
            try await world.apply()
            let session = try await world.postgres.logIn(as: "ann")
            world.set("ann", isEnabled: false, in: ["readers"])
            let report = try await world.apply()
            #expect(report.plan?.content.steps.first?.reason == .disabled)
            #expect(await !world.canLogIn("ann"))
            await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(await world.canLogIn("ann"))
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a group created anew under the same name is a source error, and nothing is changed`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            for number in 1...3 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            let before = try await ServerState(superuser)
            world.directory.update { directory in
                directory.remove(group: "g-readers")
                directory.add(DirectoryGroup(id: "g-new", name: "readers", members: ["p1", "intruder"]))
                directory.add(Person(id: "intruder", accountName: "intruder"))
            }
            for scope in [.everyone, .people(["p2", "intruder"]), .groups(["readers"])] as [ScopeRequest] {
                try await expectSourceFailure(scope, world, superuser, before)
            }
            world.directory.update { $0.remove(group: "g-new") }
            for scope in [.everyone, .people(["p2"]), .groups(["readers"])] as [ScopeRequest] {
                try await expectSourceFailure(scope, world, superuser, before)
            }
        }
    }

    private func expectSourceFailure(
        _ scope: ScopeRequest,
        _ world: World,
        _ superuser: PostgresConnection,
        _ before: ServerState
    ) async throws {
        let report = await world.engine().apply(scope)
        #expect(report.sourceFailure?.code == .source)
        #expect(report.verdict == .sourceUnavailable)
        #expect(report.verdict.exitCode == 69)
        #expect(report.targets.isEmpty)
        #expect(try await ServerState(superuser) == before)
    }
}
