// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncTesting
import Testing

/// What other engines than PostgreSQL ask of the planner.
@Suite("Differences between engines")
struct EngineDifferenceTests {
    private static let dialect = Dialect(
        engine: "MySQL",
        nameLimit: .characters(32),
        nameLosses: [.supplementaryCharacters, .outerSpaces],
        dependentsPreventRenames: true,
        reservedNames: [Glob("rdsadmin")]
    )

    private func plan(_ world: World, _ accounts: [Account] = [], shadows: [AccountName: [String]] = [:]) -> Plan {
        Planner().plan(
            directory: world.directory,
            accounts: Accounts(
                scope: .everyone,
                accounts: accounts,
                roles: World.roles,
                shadows: shadows,
                counts: TargetCounts(managedActive: accounts.count)
            ),
            policy: world.policy,
            dialect: Self.dialect,
            now: world.now
        )
    }

    private func marker(_ user: UserId, _ name: AccountName, _ state: Marker.State = .active) -> MarkerReading {
        .marker(
            Marker(
                owner: World.owner,
                directory: World.directoryId,
                user: user,
                name: name,
                state: state,
                asOf: World.start
            )
        )
    }

    private let event = DropBlocker(
        database: "app",
        kind: "event",
        count: 1,
        name: "nightly",
        statement: "ALTER EVENT `app`.`nightly` DISABLE;",
        isRunning: true
    )

    // MARK: Names

    @Test(arguments: ["ann ", " ann", "\u{1D49C}nn", "a\u{20000}"])
    func `a name of which the engine loses something is refused`(
        name: String
    ) {
        let world = World(members: ["g1": ["u"]], people: [Person(id: "u", accountName: AccountName(name))])
        let plan = plan(world)
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameInvalid])
        #expect(World(members: ["g1": ["u"]], people: world.directory.people).plan().labels == ["create \(name)"])
    }

    @Test func `33 characters are refused with the way out, 32 of several bytes are not`() throws {
        let long = Person(id: "u", accountName: AccountName(String(repeating: "é", count: 33)))
        let refused = plan(World(members: ["g1": ["u"]], people: [long]))
        let conflict = try #require(refused.content.conflicts.first)
        #expect(conflict.kind == .nameInvalid)
        #expect(conflict.message.contains("32 characters, this one has 33"))
        #expect(conflict.message.contains("choose another accountName attribute"))
        let fits = Person(id: "u", accountName: AccountName(String(repeating: "é", count: 32)))
        #expect(plan(World(members: ["g1": ["u"]], people: [fits])).steps.count == 1)
    }

    // MARK: Shadows

    @Test func `nobody gets an account that the server may take another one for`() throws {
        let plan = plan(World(members: ["g1": ["ann", "bob"]]), shadows: ["ann": ["'ann'@'10.%'"]])
        #expect(plan.labels == ["create bob"])
        #expect(plan.conflictKinds == [.nameShadowed])
        #expect(try #require(plan.content.conflicts.first).message.contains("'ann'@'10.%'"))
    }

    @Test(arguments: [true, false]) func `an account that has come to be shadowed is reported, and locked all the same`(
        isMember: Bool
    ) {
        let account = Account(name: "ann", marker: marker("ann", "ann"), memberships: [Membership(role: "r1")])
        let plan = plan(World(members: ["g1": isMember ? ["ann"] : []]), [account], shadows: ["ann": ["''@'h'"]])
        #expect(plan.conflictKinds == [.nameShadowed])
        #expect(plan.labels == (isMember ? [] : ["lock ann", "end-sessions ann", "revoke ann"]))
    }

    // MARK: Renames

    @Test func `an account whose name things go by is not renamed`() {
        var world = World(members: ["g1": ["u"]])
        world.rename("u", to: "ann")
        let account = Account(
            name: "u",
            marker: marker("u", "u"),
            memberships: [Membership(role: "r1")],
            blockers: [DropBlocker(database: "app", kind: "view", count: 2)]
        )
        let plan = plan(world, [account])
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.renameBlocked])
    }

    @Test func `a leaver whose name things go by keeps it, so that a namesake does not inherit them`() {
        let world = World(members: ["g1": ["new"]], people: [Person(id: "new", accountName: "ann")])
        let account = Account(name: "ann", marker: marker("old", "ann"), blockers: [event])
        let plan = plan(world, [account])
        #expect(plan.labels == ["lock ann", "end-sessions ann"])
        #expect(plan.conflictKinds == [.nameTaken])
    }

    @Test func `a rename that broke off is finished, under whatever name the person has by now`() {
        for name in ["ann", "u", "other"] as [AccountName] {
            var world = World(members: ["g1": ["u"]])
            world.rename("u", to: name)
            let plan = plan(world, [unfinished("ann")])
            #expect(plan.labels == ["rename ann"], "\(name)")
            #expect(plan.operations.first?.resultingAccount == name)
            #expect(plan.operations.first?.marker?.records(name) == true)
            #expect(plan.conflictKinds.isEmpty)
        }
    }

    @Test func `who cannot be renamed any more is let in again under the name at hand`() {
        var world = World(members: ["g1": ["u"]])
        world.rename("u", to: "taken")
        let plan = plan(world, [unfinished("ann"), Account(name: "taken", marker: .none)])
        #expect(plan.conflictKinds == [.nameTaken])
        #expect(plan.labels == ["rename ann"])
        #expect(plan.operations.first?.resultingAccount == "ann")
        world.rename("u", to: "rdsadmin")
        let reserved = self.plan(world, [unfinished("ann")])
        #expect(reserved.conflictKinds == [.nameReserved])
        #expect(reserved.operations.first?.resultingAccount == "ann")
    }

    @Test func `who left in the middle of a rename is locked like anybody else`() {
        let plan = plan(World(), [unfinished("ann")])
        #expect(plan.labels == ["lock ann", "end-sessions ann", "revoke ann"])
    }

    private func unfinished(_ name: AccountName) -> Account {
        Account(
            name: name,
            marker: marker("u", name),
            canLogIn: false,
            memberships: [Membership(role: "r1")],
            isBeingRenamed: true
        )
    }

    // MARK: Code that runs by itself

    @Test(arguments: [Marker.State.active, .locked]) func `an event of somebody who left is an urgent finding`(
        state: Marker.State
    ) throws {
        let account = Account(
            name: "ann",
            marker: marker("ann", "ann", state),
            canLogIn: state == .active,
            blockers: [event, DropBlocker(database: "app", kind: "view", count: 1)]
        )
        let findings = plan(World(), [account]).content.findings.filter { $0.kind == .stillRuns }
        #expect(findings.count == 1)
        #expect(try #require(findings.first).statements == ["ALTER EVENT `app`.`nightly` DISABLE;"])
        let member = plan(World(members: ["g1": ["ann"]]), [account])
        #expect(!member.content.findings.contains { $0.kind == .stillRuns })
    }

    @Test func `an event of somebody who left is an error in the log of every run`() async throws {
        let account = Account(name: "ann", marker: marker("ann", "ann", .locked), canLogIn: false, blockers: [event])
        let report = SyncReport(
            runId: "1",
            kind: .plan,
            startedAt: World.start,
            finishedAt: World.start,
            directoryAsOf: World.start,
            sourceFailure: nil,
            targets: [TargetReport(target: "orders", plan: plan(World(), [account]))]
        )
        let handler = InMemoryLogHandler()
        try await LogNotifier(logger: Logger(label: "test", factory: { _ in handler })).notify(report)
        let errors = handler.entries.filter { $0.level == .error }
        #expect(errors.map { "\($0.message)".hasPrefix("somebody who left goes on having access") } == [true])
        #expect(errors.map(\.metadata) == [["run": "1", "target": "orders", "urgent": "1"]])
        let words = handler.entries.flatMap { "\($0.message) \($0.metadata)".split { !$0.isLetter } }
        #expect(!words.contains("ann"))
    }
}
