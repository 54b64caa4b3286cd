// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

/// For a few people the provisioner reads less, by other statements than for everybody.
///
/// It has to find the same.
@Suite("A reading of a few people", .timeLimit(.minutes(5)))
struct ScopedReadingTests {
    /// Once with a window of the brake in which everybody joined, once with one in which nobody did.
    @Test(arguments: World.postgresVersions, [-86_400, 86_400] as [Int64])
    func `finds what a reading of everybody finds about them`(version: Int, window: Int64) async throws {
        try await World.with(postgres: version) { world in
            try await fill(world)
            let everyone = try await read(.everyone, names: [], window: window, world)
            for people in Self.scopes {
                // The master made the owner roles, and is by them a member of everything.
                let names: Set<AccountName> = ["stranger", people.count == 2 ? "postgres" : "p1", "nobody"]
                let few = try await read(.people(people), names: names, window: window, world)
                let expected = everyone.accounts.filter { account in
                    guard case .marker(let marker) = account.marker else { return false }
                    return marker.owner == World.owner && people.contains(marker.user)
                }
                let found = few.accounts.filter { account in expected.contains { $0.name == account.name } }
                #expect(found == expected)
                #expect(few.roles == everyone.roles)
                #expect(few.counts == everyone.counts)
                #expect(few.notices == everyone.notices)
                #expect(Set(few.accounts.map(\.name)).subtracting(expected.map(\.name)).isSubset(of: names))
                #expect(few.accounts.contains { $0.name == "stranger" && $0.marker == .none })
            }
        }
    }

    @Test
    func `counts the owner roles' accounts to the last one`() async throws {
        try await World.with(postgres: 17) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            // The bootstrap made room for a thousand; at nine hundred there is a notice.
            try await makeLogins(898, world)
            for isFull in [false, true] {
                let everyone = try await read(.everyone, names: [], world)
                let few = try await read(.people(["ann"]), names: ["ann"], world)
                #expect(everyone.notices.isEmpty == !isFull)
                #expect(few.notices == everyone.notices)
                try await makeLogins(1, world)
            }
        }
    }

    private func makeLogins(_ count: Int, _ world: World) async throws {
        try await world.postgres.superuser(
            """
            DO $$ BEGIN FOR i IN 1..\(count) LOOP
                EXECUTE format('CREATE ROLE %1$I LOGIN; GRANT %1$I TO sso_sync_owner_test_01 WITH ADMIN TRUE',
                    'filler' || (SELECT count(*) FROM pg_roles));
            END LOOP; END $$
            """
        )
    }

    private static let scopes: [Set<UserId>] = [
        ["p1"], ["p2"], ["p3"], ["p4"], ["p\"5\\"], ["nobody"], [], ["p6", "p7"],
        Set((1...40).map { UserId("p\($0)") }),
    ]

    private func fill(_ world: World) async throws {
        for number in 1...40 {
            world.set(UserId("p\(number)"), in: number % 2 == 0 ? ["readers"] : ["readers", "writers"])
        }
        world.set("p\"5\\", name: "p5quoted", in: ["readers"])
        try await world.apply()
        for user: UserId in ["p2", "p6"] { world.set(user, in: []) }
        world.set("p7", in: ["readers"])
        try await world.apply()
        let server = world.postgres
        // What others do: grants by the master and by people, rights, a comment in another layout, another deployment.
        try await server.superuser(
            """
            CREATE ROLE stranger LOGIN; CREATE ROLE parent NOLOGIN; CREATE ROLE grandparent NOLOGIN CREATEDB;
            GRANT grandparent TO parent; GRANT parent TO readers; GRANT pg_monitor TO writers;
            GRANT parent TO p1; GRANT parent TO p3 WITH ADMIN OPTION; ALTER ROLE p4 CREATEROLE;
            GRANT rds_iam TO stranger
            """
        )
        try await server.superuser("SET ROLE p3; GRANT parent TO p4 WITH ADMIN OPTION; SET ROLE p4; GRANT parent TO p9")
        try await respace("p8", world)
        let marker = Marker(owner: "other", directory: World.directoryId, user: "p1", name: "foreign", asOf: world.now)
        try await server.superuser("CREATE ROLE foreign_one LOGIN; COMMENT ON ROLE foreign_one IS '\(marker.text)'")
        try await server.superuser("CREATE ROLE broken LOGIN; COMMENT ON ROLE broken IS '{\"sso-sync\":'")
    }

    /// The same marker, as somebody's tool might write it.
    private func respace(_ name: String, _ world: World) async throws {
        let rows = try await world.postgres.superuser("SELECT shobj_description('\(name)'::regrole, 'pg_authid')")
        let text = try #require(rows.first).replacing(",", with: ", ").replacing(":", with: " : ", maxReplacements: 1)
        try await world.postgres.superuser("COMMENT ON ROLE \(name) IS '\(text)'")
    }

    private func read(
        _ scope: Scope,
        names: Set<AccountName>,
        window: Int64 = -86_400,
        _ world: World
    ) async throws -> Accounts {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        let access = SessionAccess(.reading, runId: "test", deadline: deadline)
        let session = try await world.provisioner().openSession(access)
        let request = InspectionRequest(
            owner: World.owner,
            directory: World.directoryId,
            scope: scope,
            names: names,
            roles: ["readers", "writers", "missing"],
            windowStart: world.now.advanced(bySeconds: window),
            blockersOfLockedBefore: world.now
        )
        let accounts = try await session.inspect(request)
        await session.close()
        return accounts
    }
}
