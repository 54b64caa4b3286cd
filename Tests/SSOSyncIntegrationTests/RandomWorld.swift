// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// A directory and a server to which random things happen, between runs, some of them of a few people only.
final class RandomWorld {
    static let roles: [RoleName] = ["readers", "writers", "odd; role's \"name\""]
    static let foreignRole = "extra"
    static let names: [AccountName] = [
        "ann", "bob", "cy", "Ann", "dora x", "e=f", "g@h.i", "\u{212B}", "\u{C5}", "rdsilva", "用户", "joe", "kim", "lee",
        "mo", "ned", AccountName(String(repeating: "n", count: 63)),
    ]
    static let badNames: [AccountName] = [
        "", "o'neil", "a;b", "\"", "rdsadmin", "pg_x", "sso_provisioner", "readers", "jose\u{301}",
        AccountName(String(repeating: "n", count: 64)),
    ]

    let world: World
    let superuser: PostgresConnection
    private var numbers: SplitMix64
    private var nextUser = 0
    private let seed: UInt64
    /// What happened, for the message of a failure.
    private(set) var story: [String] = []
    /// Roles that the DBA has made in the way of people.
    private var foreign: Set<AccountName> = []

    init(_ world: World, _ superuser: PostgresConnection, seed: UInt64) {
        self.world = world
        self.superuser = superuser
        self.seed = seed
        numbers = SplitMix64(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
    }

    /// Lets things happen and runs, so many times, and checks after each full run.
    func play(rounds: Int) async throws {
        try await superuser.execute("CREATE ROLE \(identifier: Self.foreignRole) NOLOGIN")
        for _ in 0..<Int.random(in: 3...9, using: &numbers) { join() }
        for round in 1...rounds {
            note("round \(round)")
            if chance(3) { try await runScoped() }
            try await runInFull()
            for _ in 0..<Int.random(in: 1...5, using: &numbers) { changeDirectory() }
            for _ in 0..<Int.random(in: 0...2, using: &numbers) { try await interfere() }
            world.pass(seconds: chance(4) ? 100_000 : 60)
        }
        try await runInFull()
    }

    /// Makes the server as it was before the case.
    func cleanUp() async throws {
        try await PostgresAdministrator(superuser).dropMarkedAccounts()
        for name in foreign { try await superuser.execute("DROP ROLE IF EXISTS \(identifier: name.rawValue)") }
        try await superuser.execute("DROP ROLE IF EXISTS \(identifier: Self.foreignRole)")
        for user in world.directory.world.people.keys { world.delete(user) }
    }

    private func note(_ line: String) { story.append(line) }

    private func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &numbers) == 0 }

    // MARK: The directory

    private var people: [Person] { world.directory.world.people.values.sorted { $0.id < $1.id } }

    private func anybody() -> Person? { people.randomElement(using: &numbers) }

    private func someName() -> AccountName {
        let names = chance(8) ? Self.badNames : Self.names
        return names.randomElement(using: &numbers) ?? "ann"
    }

    private func someRoles() -> [RoleName] { Self.roles.filter { _ in Bool.random(using: &numbers) } }

    private func put(_ user: UserId, name: AccountName, isEnabled: Bool = true, in roles: [RoleName]) {
        note("  \(user) is \(name.rawValue.debugDescription), enabled \(isEnabled), in \(roles)")
        world.set(user, name: name, isEnabled: isEnabled, in: roles)
    }

    private func join(name: AccountName? = nil) {
        nextUser += 1
        put(UserId("s\(seed)u\(nextUser)"), name: name ?? someName(), in: someRoles() + [Self.roles[0]])
    }

    private func changeDirectory() {
        guard let person = anybody(), let name = person.accountName else { return join() }
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0, 1: join()
        case 2: put(person.id, name: name, in: [])
        case 3, 4: put(person.id, name: name, in: someRoles())
        case 5: put(person.id, name: someName(), isEnabled: person.isEnabled, in: someRoles())
        case 6: put(person.id, name: name, isEnabled: !person.isEnabled, in: someRoles())
        case 7: delete(person)
        case 8:
            delete(person)
            join(name: name)
        default: swapNames(person)
        }
    }

    private func delete(_ person: Person) {
        note("  \(person.id) is deleted")
        world.delete(person.id)
    }

    private func swapNames(_ person: Person) {
        guard let other = anybody(), let one = person.accountName, let two = other.accountName else { return }
        put(person.id, name: two, isEnabled: person.isEnabled, in: someRoles())
        put(other.id, name: one, isEnabled: other.isEnabled, in: someRoles())
    }

    // MARK: The DBA

    private func interfere() async throws {
        let state = try await ServerState(superuser)
        guard let account = state.marked.randomElement(using: &numbers) else { return }
        let name = account.name.rawValue
        switch Int.random(in: 0..<9, using: &numbers) {
        case 0, 1: try await dba("LOGIN", name, "ALTER ROLE \(identifier: name) LOGIN")
        case 2: try await dba("NOLOGIN", name, "ALTER ROLE \(identifier: name) NOLOGIN")
        case 3: try await dba("extra", name, "GRANT \(identifier: Self.foreignRole) TO \(identifier: name)")
        case 4:
            let role = Self.roles.randomElement(using: &numbers) ?? Self.roles[0]
            try await dba("grant of \(role)", name, "GRANT \(identifier: role.rawValue) TO \(identifier: name)")
        case 5: try await dba("CREATEROLE", name, "ALTER ROLE \(identifier: name) CREATEROLE")
        case 6: try await dba("NOCREATEROLE", name, "ALTER ROLE \(identifier: name) NOCREATEROLE")
        case 7:
            foreign.insert(account.name)
            try await dba("comment", name, "COMMENT ON ROLE \(identifier: name) IS 'service account, do not touch'")
        default: try await makeForeignRole(state)
        }
    }

    private func dba(_ what: String, _ name: String, _ statement: SQLText) async throws {
        note("  DBA: \(what) for \(name.debugDescription)")
        try await superuser.execute(statement)
    }

    private func makeForeignRole(_ state: ServerState) async throws {
        let name = Self.names.randomElement(using: &numbers) ?? "ann"
        guard state[name] == nil else { return }
        foreign.insert(name)
        try await dba("new role", name.rawValue, "CREATE ROLE \(identifier: name.rawValue) LOGIN PASSWORD 'x'")
    }

    // MARK: Runs

    private func runScoped() async throws {
        let users = Set(people.map(\.id).filter { _ in chance(2) })
        note("  a run of \(users.sorted())")
        let before = try await ServerState(superuser)
        let report = try await run(.people(users))
        let after = try await ServerState(superuser)
        try check(before.unmarked == after.unmarked, "a run of a few has touched what is not ours")
        for account in before.marked {
            guard let user = account.marker?.user, !users.contains(user) else { continue }
            try check(after.accounts(of: user).contains(account), "a run of others has touched \(account.summary)")
        }
        for account in after.marked where before[account.name] == nil {
            let user = account.marker?.user
            try check(user.map(users.contains) ?? false, "a run of others has made or renamed \(account.summary)")
        }
        try check(report.failedOutcomes.isEmpty, "\(report.failedOutcomes)")
    }

    private func runInFull() async throws {
        note("  a full run")
        let before = try await ServerState(superuser)
        let report = try await run(.everyone)
        let after = try await ServerState(superuser)
        try check(report.failedOutcomes.isEmpty, "\(report.failedOutcomes)")
        try check(before.unmarked == after.unmarked, "something that is not ours was touched")
        let judge = RandomWorldJudge(people: people, directory: world.directory.world, before: before, after: after)
        try judge.judge(report, version: world.postgres.version)
        if let account = after.marked.randomElement(using: &numbers) {
            let isIn = await world.canLogIn(account.name)
            try check(isIn == account.canLogIn, "login of \(account.summary): \(isIn)")
        }
        let next = try await world.plan()
        try check(next.isInSync, "not in sync: \(next.content.steps) \(next.content.withheld)")
    }

    private func run(_ scope: ScopeRequest) async throws -> TargetReport {
        // What a group loses at once would trip the brake, which is not what is tested here.
        var options = SyncEngine.Options()
        let engine = world.engine()
        let plan = await engine.plan(scope).targets.first?.plan
        if let hash = plan?.content.brake.removalsHash { options.releasedRemovals = [hash] }
        let report = try #require(await engine.apply(scope, options: options).targets.first)
        try check(report.failure == nil, "\(report.failure as Any)")
        return report
    }

    private func check(_ condition: Bool, _ fact: @autoclosure () -> String) throws {
        if !condition { throw RandomWorldJudge.Objection(description: fact()) }
    }
}
