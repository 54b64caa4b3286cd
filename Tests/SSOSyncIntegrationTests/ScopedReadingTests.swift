// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// For a few people the provisioner reads less, by other statements than for everybody.
///
/// It has to find the same.
@Suite("A reading of a few people", .timeLimit(.minutes(5)))
struct ScopedReadingTests {
    /// Once with a window of the brake in which everybody joined, once with one in which nobody did.
    @Test(arguments: World.engines, [-86_400, 86_400] as [Int64])
    func `finds what a reading of everybody finds about them`(engine: TestEngine, window: Int64) async throws {
        try await World.with(engine) { world in
            try await fill(world)
            let everyone = try await world.read(.everyone, names: [], window: window)
            for (people, isExpected) in Self.scopes.flatMap({ [($0, false), ($0, true)] }) {
                // The master made the owner roles, and is by them a member of everything.
                let names: Set<AccountName> = ["stranger", people.count == 2 ? engine.master : "p1", "nobody", "P9"]
                let few = try await world.read(.people(people), names: names, window: window, isExpected: isExpected)
                let expected = everyone.accounts.filter { account in
                    guard case .marker(let marker) = account.marker else { return false }
                    return marker.owner == World.owner && people.contains(marker.user)
                }
                let found = few.accounts.filter { account in expected.contains { $0.name == account.name } }
                #expect(found == expected)
                #expect(few.roles == everyone.roles)
                #expect(few.counts == everyone.counts)
                #expect(few.notices == everyone.notices)
                let others = few.accounts.filter { account in !expected.contains { $0.name == account.name } }
                #expect(Set(others.map(\.name)).isSubset(of: names.union(["p9"])))
                #expect(
                    others.allSatisfy { other in everyone.accounts.allSatisfy { $0.name != other.name || $0 == other } }
                )
                #expect(few.accounts.contains { $0.name == "p9" })
                #expect(few.accounts.contains { $0.name == "stranger" && $0.marker == .none })
            }
        }
    }

    /// MySQL keeps an account to itself that has nothing new to say, unless somebody holds it.
    @Test(arguments: World.engines)
    func `finds what a role may do by way of an account that it holds`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            for user: UserId in ["ann", "bob", "cat"] { world.set(user, in: ["writers"]) }
            try await world.apply()
            let dba = try await world.server.openAdministrator()
            try await dba.give(engine.administrativeRight, to: "bob")
            try await dba.grant("bob", to: "readers")
            await dba.close()
            let everyone = try await world.read(.everyone, names: [], window: 86_400)
            let few = try await world.read(.people(["ann"]), names: ["ann"], window: 86_400)
            #expect(everyone.roles["readers"]?.privilegedBecause != nil)
            #expect(few.roles == everyone.roles)
            #expect(few.counts == everyone.counts)
        }
    }

    /// With ten thousand accounts there, what is sent of the others would be most of the work.
    @Test(arguments: World.engines)
    func `is sent nothing of people who are settled, however many there are`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            var sizes: [Int] = []
            for people in [1...10, 11...110] {
                for number in people { world.set(UserId("p\(number)-"), in: ["readers"]) }
                try await world.apply()
                sizes.append(try await Self.size(ofReadingIn: world, window: 86_400))
            }
            #expect(abs(sizes[1] - sizes[0]) < 1_000, "\(sizes)")
            // Nobody is settled who has joined since the window began.
            let whole = try await Self.size(ofReadingIn: world, window: -86_400)
            #expect(whole - sizes[1] > 10_000, "\(whole) \(sizes)")
        }
    }

    /// How many bytes the server sends for a reading of one person.
    private static func size(ofReadingIn world: World, window: Int64) async throws -> Int {
        try await FaultProxy.with(world.server.port) { proxy in
            _ = try await world.read(.people(["p1-"]), names: ["p1-"], window: window, through: proxy.port)
            return try await proxy.bytesFromServers()
        }
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
        let dba = try await world.server.openAdministrator()
        try await interfere(dba, world.engine)
        try await respace("p8", dba)
        let marker = Marker(owner: "other", directory: World.directoryId, user: "p1", name: "foreign", asOf: world.now)
        for (account, text) in [("foreign_one", marker.text), ("broken", world.engine.brokenMarker)] {
            try await dba.createAccount(AccountName(account), .password("x"), roles: [])
            try await dba.writeMarker(text, on: AccountName(account))
        }
        await dba.close()
    }

    /// What others do: grants by the master and by people, rights, a marker in another layout, another deployment.
    private func interfere(_ dba: any TestAdministrator, _ engine: TestEngine) async throws {
        try await dba.createAccount("stranger", .token, roles: [])
        for role: RoleName in ["parent", "grandparent"] { try await dba.createRole(role) }
        try await dba.give(engine.lesserRight, to: "grandparent")
        try await dba.grant("grandparent", to: "parent")
        try await dba.grant("parent", to: "readers")
        try await dba.give(engine.privileges[0], to: "writers")
        try await dba.grant("parent", to: "p1")
        try await dba.grant("parent", to: "p3", withAdmin: true)
        try await dba.give(engine.administrativeRight, to: "p4")
        try await dba.passOn("parent", from: "p3", to: "p4", withAdmin: true)
        try await dba.passOn("parent", from: "p4", to: "p9", withAdmin: false)
    }

    /// The same marker, as somebody's tool might write it.
    private func respace(_ account: AccountName, _ dba: any TestAdministrator) async throws {
        let text = try #require(try await dba.state()[account]).markerText
        let spaced = text.replacing(",", with: ", ").replacing(":", with: " : ", maxReplacements: 1)
        try await dba.writeMarker(spaced, on: account)
    }
}

extension World {
    /// What a session that reads finds.
    ///
    /// - Parameters:
    ///   - window: When the brake's window began, in seconds from now.
    ///   - port: Where the server is reached; by default its own port.
    ///   - isExpected: Whether the session knows of it, but for the names, when it is opened.
    func read(
        _ scope: Scope,
        names: Set<AccountName>,
        window: Int64 = -86_400,
        through port: Int? = nil,
        isExpected: Bool = false
    ) async throws -> Accounts {
        let now = now
        let request = { (names: Set<AccountName>) in
            InspectionRequest(
                owner: Self.owner,
                directory: Self.directoryId,
                scope: scope,
                names: names,
                roles: ["readers", "writers", "missing"],
                windowStart: now.advanced(bySeconds: window),
                blockersOfLockedBefore: now
            )
        }
        let access = SessionAccess(
            .reading,
            runId: "test",
            deadline: .now + .seconds(60),
            expected: isExpected ? request([]) : nil
        )
        let session = try await provisioner { $0.writerPort = port }.openSession(access)
        let accounts = try await session.inspect(request(names))
        await session.close()
        return accounts
    }
}
