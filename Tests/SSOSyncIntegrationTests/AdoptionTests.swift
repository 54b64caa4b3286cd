// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Accounts of the sample, adopted")
struct AdoptionTests {
    /// Legal names that are quoted with care, and that Swift, but no server, takes for others.
    private static let people: [(user: UserId, name: AccountName)] = [
        ("ann", "ann"), ("zoe", "Zoë Ü=Brien@x.org"), ("semi", "a.b-c/d:e+f"),
    ]

    /// People of the directory whose accounts the sample has made, for us to change where the server asks for that.
    private func withSample(
        _ engine: TestEngine,
        _ body: (World, SampleAccounts, any TestAdministrator) async throws -> Void
    ) async throws {
        try await World.with(engine) { world in
            let sample = try await SampleAccounts(world)
            for (user, name) in Self.people {
                world.set(user, name: name, in: ["readers"])
                try await sample.make(name, role: "readers")
            }
            let dba = try await world.server.openAdministrator()
            let first = try await world.plan(Self.everybody)
            if engine.keepsMakers {
                #expect(first.operations.isEmpty)
                #expect(try await sample.runStatements(of: first) == Self.people.count)
            } else {
                #expect(first.content.conflicts.isEmpty)
            }
            try await body(world, sample, dba)
            await dba.close()
        }
    }

    private static let everybody = MarkingRequest.adopt(Set(people.map { .init(user: $0.user) }))

    @Test(arguments: World.engines)
    func
        `they become people's without anything else about them changing, the login goes on, and the next run is content`(
            engine: TestEngine
        ) async throws
    {
        try await withSample(engine) { world, _, dba in
            let session = try await world.server.logIn(as: "ann")
            let before = try await dba.state()
            let plan = try await world.plan(Self.everybody)
            #expect(plan.operations.map(\.label) == ["adopt", "adopt", "adopt"], "\(plan.content.conflicts)")
            let report = try await world.apply(Self.everybody, approved: plan)
            #expect(report.failure == nil && report.failedOutcomes.isEmpty, "\(report.failedOutcomes.map(\.result))")
            let after = try await dba.state()
            for (user, name) in Self.people {
                let (old, new) = (try #require(before[name]), try #require(after[name]))
                #expect(new.marker?.user == user)
                #expect(new.marker?.records(name) == true)
                #expect((old.canLogIn, old.usesIAM, old.attributes) == (new.canLogIn, new.usesIAM, new.attributes))
                #expect((old.roles, old.rolesFromOthers) == (new.roles, new.rolesFromOthers))
                #expect(await world.canLogIn(name))
            }
            try await session.check()
            await session.close()
            #expect(try await world.plan(Self.everybody).operations.isEmpty)
            // On MySQL the sample's roles are not active at login.
            let next = try await world.apply()
            #expect(Set(next.outcomes.map(\.operation.label)) == (engine == .mysql ? ["grant"] : []))
            #expect(try await world.plan().isInSync)
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
        }
    }

    @Test(arguments: World.engines)
    func
        `whoever leaves afterwards is locked, returns to the same account, follows a rename, and is dropped in the end`(
            engine: TestEngine
        ) async throws
    {
        try await withSample(engine) { world, _, dba in
            _ = try await world.apply(Self.everybody)
            try await world.apply()
            let identity = try await dba.identity(of: "ann")
            world.pass(seconds: 60)
            world.set("ann", name: "anna", in: ["readers"])
            try await world.apply()
            #expect(await world.canLogIn("anna"))
            #expect(try await dba.identity(of: "anna") == identity)
            world.pass(seconds: 60)
            world.set("ann", in: [])
            try await world.apply()
            #expect(await !world.canLogIn("anna"))
            world.pass(seconds: 60)
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(await world.canLogIn("anna"))
            world.pass(seconds: 60)
            world.delete("ann")
            try await world.apply()
            world.pass(seconds: 2 * 86_400)
            try await world.apply()
            #expect(try await world.mayLogIn("anna") == nil)
        }
    }

    @Test(arguments: World.engines)
    func `a leaver of whom the sample's table tells is adopted if that is wanted, and locked by the next run`(
        engine: TestEngine
    ) async throws {
        try await withSample(engine) { world, _, _ in
            world.delete("ann")
            let record = MarkingRequest.Claim(user: "ann", account: "ann")
            #expect(try await world.plan(.adopt([record])).operations.isEmpty)
            try await world.apply()
            #expect(await world.canLogIn("ann"))
            let leaver = MarkingRequest.Claim(user: "ann", account: "ann", includesLeaver: true)
            #expect(try await world.apply(.adopt([leaver])).failedOutcomes.isEmpty)
            #expect(await world.canLogIn("ann"))
            world.pass(seconds: 60)
            let report = try await world.apply()
            #expect(report.outcomes.contains { $0.operation.label == "lock" && $0.operation.account == "ann" })
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test(arguments: World.engines)
    func `what is another's, forged, too mighty or not as we make accounts is a conflict, and is left alone`(
        engine: TestEngine
    ) async throws {
        try await withSample(engine) { world, _, dba in
            let forged = Marker(
                owner: World.owner,
                directory: World.directoryId,
                user: "ann",
                name: "x",
                asOf: world.now
            )
            let staging = Marker(
                owner: "staging",
                directory: World.directoryId,
                user: "ann",
                name: "ann",
                asOf: world.now
            )
            for text in [forged.text, staging.text] + engine.unreadableMarkers {
                try await dba.writeMarker(text, on: "ann")
                try await expectRefusal(.notAdoptable, world, dba)
            }
            try await dba.overwriteMarker(of: "ann", with: nil)
            for right in engine.rights + [engine.superuserRight] {
                try await dba.give(right, to: "ann")
                try await expectRefusal(.notAdoptable, world, dba)
                try await dba.take(right, from: "ann")
            }
            // Whoever has it could let others in.
            try await dba.grant("readers", to: "ann", withAdmin: true)
            try await expectRefusal(.notAdoptable, world, dba)
            try await dba.take("readers", from: "ann")
            try await dba.grant("readers", to: "ann")
            try await dba.setLogin(false, of: "ann")
            try await expectRefusal(.notAdoptable, world, dba)
            try await dba.setLogin(true, of: "ann")
            try await dba.createAccount("by password", .password("x"), roles: ["readers"])
            world.set("ann", name: "by password", in: ["readers"])
            try await expectRefusal(.notAdoptable, world, dba)
            world.set("ann", name: engine.master, in: ["readers"])
            try await expectRefusal(nil, world, dba)
            world.set("ann", name: "a\"b'c 😀", in: ["readers"])
            try await expectRefusal(.nameInvalid, world, dba)
            world.set("ann", name: "ann", in: ["readers"])
            #expect(try await world.apply(Self.everybody).outcomes.count == Self.people.count)
        }
    }

    @Test(arguments: World.engines)
    func `an account that changed after it was shown is left alone, and so is all else that was approved`(
        engine: TestEngine
    ) async throws {
        try await withSample(engine) { world, _, dba in
            let plan = try await world.plan(Self.everybody)
            try await dba.give(engine.administrativeRight, to: "ann")
            let before = try await dba.state()
            let report = try await world.apply(Self.everybody, approved: plan)
            #expect(report.failure?.code == .planMoved)
            #expect(try await dba.state() == before)
        }
    }

    @Test(arguments: World.engines)
    func `an account that holds a privileged role, or a role that inherits one, is left alone`(engine: TestEngine)
        async throws
    {
        try await withSample(engine) { world, _, dba in
            for privilege in engine.privileges {
                try await dba.createRole("inner")
                try await dba.createRole("outer")
                try await dba.grant("inner", to: "outer")
                try await dba.give(privilege, to: "inner")
                for role: RoleName in ["inner", "outer"] {
                    try await dba.grant(role, to: "ann")
                    try await expectRefusal(.notAdoptable, world, dba)
                    try await dba.take(role.rawValue, from: "ann")
                }
                try await dba.drop("outer")
                try await dba.drop("inner")
            }
            #expect(try await world.apply(Self.everybody).outcomes.count == Self.people.count)
        }
    }

    private static let staging = Marker(
        owner: "staging",
        directory: World.directoryId,
        user: "ann",
        name: "ann",
        asOf: .now
    )

    @Test(arguments: World.engines)
    func `accounts that change in the middle of the run are left as they are then, and the others are adopted`(
        engine: TestEngine
    ) async throws {
        try await withSample(engine) { world, sample, dba in
            for name in ["bob", "cyd", "dan", "eve", "fay"] {
                world.set(UserId(name), in: ["readers"])
                try await sample.make(AccountName(name), role: "readers")
            }
            let more = MarkingRequest.adopt(Set(["bob", "cyd", "dan", "eve", "fay"].map { .init(user: $0) }))
            _ = try await sample.runStatements(of: try await world.plan(more))
            let changed = Locked<ServerState?>(nil)
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .applying = event else { return }
                try await dba.setLogin(false, of: Self.people[0].name)
                try await dba.grant("writers", to: Self.people[1].name)
                try await dba.writeMarker(Self.staging.text, on: Self.people[2].name)
                try await dba.drop("cyd")
                try await dba.grant("readers", to: "dan", withAdmin: true)
                try await dba.give(engine.administrativeRight, to: "eve")
                try await dba.give(engine.superuserRight, to: "fay")
                let state = try await dba.state()
                changed.withLock { $0 = state }
            }
            let all = Self.people.map(\.user) + ["bob", "cyd", "dan", "eve", "fay"]
            let report = try await world.apply(.adopt(Set(all.map { .init(user: $0) })), by: provisioner)
            #expect(report.outcomes.filter(\.isDone).map(\.operation.account) == ["bob"])
            #expect(report.failedOutcomes.map(\.errorCode) == Array(repeating: .planMoved, count: 7))
            let after = try await dba.state()
            for name in Self.people.map(\.name) + ["cyd", "dan", "eve", "fay"] {
                #expect(after[name] == changed.withLock { $0?[name] }, "\(name)")
            }
        }
    }

    @Test(arguments: World.engines)
    func `a marker that is another's by the time it is to be taken off stays`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let dba = try await world.server.openAdministrator()
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .applying = event else { return }
                try await dba.writeMarker(Self.staging.text, on: "ann")
            }
            let report = try await world.apply(.release(["ann", "bob"]), by: provisioner)
            #expect(report.failedOutcomes.map(\.operation.account) == ["ann"])
            #expect(report.failedOutcomes.map(\.errorCode) == [.planMoved])
            #expect(try await dba.state()["ann"]?.marker == Self.staging)
            #expect(try await dba.state()["bob"]?.markerText == "")
            await dba.close()
        }
    }

    @Test(arguments: World.engines)
    func `a run that breaks off is made up for by the next one, and the one after that has nothing to do`(
        engine: TestEngine
    ) async throws {
        try await withSample(engine) { world, _, dba in
            for isDone in [false, true] {
                let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                    switch event {
                    case .applying where !isDone, .applied where isDone: throw SyncError(.connectionLost, "gone")
                    default: break
                    }
                }
                let report = try await world.apply(Self.everybody, by: provisioner)
                #expect(report.failure?.code == .connectionLost)
                #expect(try await dba.state().marked.count == (isDone ? Self.people.count : 0))
            }
            #expect(try await world.apply(Self.everybody).outcomes.isEmpty)
            let all = MarkingRequest.release(Set(Self.people.map(\.name)))
            #expect(try await world.apply(all).outcomes.count(where: \.isDone) == Self.people.count)
            #expect(try await world.apply(all).outcomes.isEmpty)
            #expect(try await dba.state().marked.isEmpty)
        }
    }

    @Test(arguments: World.engines)
    func `an account that is let go stays, and can be adopted again`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            world.set("bob", in: ["readers"])
            try await world.apply()
            let dba = try await world.server.openAdministrator()
            let before = try #require(try await dba.state()["ann"])
            let session = try await world.server.logIn(as: "ann")
            let plan = try await world.plan(.release(["ann"]))
            #expect(plan.operations.map(\.label) == ["release"])
            #expect(try await world.apply(.release(["ann"]), approved: plan).failedOutcomes.isEmpty)
            let after = try #require(try await dba.state()["ann"])
            #expect(after.markerText == "")
            #expect((after.roles, after.canLogIn, after.usesIAM) == (before.roles, before.canLogIn, before.usesIAM))
            try await session.check()
            await session.close()
            world.set("ann", in: [])
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            #expect(report.plan?.content.findings.map(\.kind) == [.unmarkedIAMLogin])
            #expect(await world.canLogIn("ann"))
            world.set("ann", in: ["readers"])
            #expect(try await world.apply(.adopt([.init(user: "ann")])).outcomes.count == 1)
            #expect(try await world.plan().content.conflicts.isEmpty)
            await dba.close()
        }
    }

    private func expectRefusal(
        _ kind: Conflict.Kind?,
        _ world: World,
        _ dba: any TestAdministrator,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await dba.state()
        let report = try await world.apply(.adopt([.init(user: "ann")]))
        #expect(report.outcomes.isEmpty, sourceLocation: sourceLocation)
        let kinds = report.plan?.content.conflicts.map(\.kind)
        #expect(kinds?.count == 1 && kinds?.first == kind ?? kinds?.first, sourceLocation: sourceLocation)
        #expect(try await dba.state() == before, sourceLocation: sourceLocation)
    }
}

extension OperationOutcome {
    fileprivate var errorCode: SyncError.Code? {
        if case .failed(let error) = result { error.code } else { nil }
    }
}

extension TestEngine {
    /// Whether only the role that made an account, or whom it lets, can change it.
    var keepsMakers: Bool { if case .postgres(let version) = self { version >= 16 } else { false } }
}
