// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Accounts that are adopted")
struct AdoptionTests {
    /// Somebody has made accounts for ann and ben, as the sample does.
    private func world(members: [UserId] = ["ann", "ben"]) -> World {
        var world = World(rules: ["g1": ["r1"], "g2": ["r2"]], members: ["g1": members])
        for name: AccountName in ["ann", "ben"] {
            world.server.logins[name] = InMemoryLogin(memberships: [Self.foreign("r1")])
        }
        return world
    }

    private static func foreign(_ role: RoleName, isRevocable: Bool = false) -> Membership {
        Membership(
            role: role,
            grantor: "sample",
            isOurs: false,
            isRevocable: isRevocable,
            statement: isRevocable ? nil : "REVOKE \(role);"
        )
    }

    private static func rules(_ roles: [RoleName]) -> [Policy.GroupRule] {
        [
            Policy.GroupRule(group: "g1", pinnedId: "id-g1", roles: roles),
            Policy.GroupRule(group: "g2", pinnedId: "id-g2", roles: ["r2"]),
        ]
    }

    // MARK: Adopting

    @Test func `an account that has one person's name becomes that person's, and the next run has nothing to do`()
        throws
    {
        var world = world()
        let plan = world.adoption(of: ["ann", "ben"])
        #expect(plan.labels == ["adopt ann", "adopt ben"])
        #expect(plan.steps.map(\.reason) == [.adopted(groups: ["g1"]), .adopted(groups: ["g1"])])
        #expect(plan.content.conflicts.isEmpty)
        let before = world.server
        try world.apply(plan)
        for name: AccountName in ["ann", "ben"] {
            let marker = try #require(world.login(name)?.markerValue)
            #expect(marker.records(name) && marker.state == .active && marker.asOf == world.directory.asOf)
            #expect(marker.user == UserId(name.rawValue) && marker.joined == nil && marker.reduced == nil)
            world.server.logins[name]?.marker = .none
        }
        #expect(world.server == before)
        try world.apply(plan)
        #expect(world.plan().isInSync)
        #expect(world.adoption(of: ["ann", "ben"]).steps.isEmpty)
        #expect(world.adoption(of: ["ann", "ben"]).content.conflicts.isEmpty)
    }

    @Test func `only whom somebody names is adopted`() {
        #expect(world().adoption(of: ["ben"]).labels == ["adopt ben"])
        #expect(world().adoption(of: []).steps.isEmpty)
    }

    @Test func `roles beyond what the person is entitled to are said, with what the next run does about them`() throws {
        var world = world(members: ["ann"])
        world.server.logins["ann"]?.memberships += [Self.foreign("r2", isRevocable: true), Self.foreign("r3")]
        let plan = world.adoption(of: ["ann"])
        #expect(plan.labels == ["adopt ann"])
        #expect(plan.content.findings.map(\.kind) == [.afterMarking, .foreignMembership])
        #expect(
            plan.content.findings.first?.message == "the next run takes r2 from ann: no group of the person gives it"
        )
        try world.apply(plan)
        #expect(world.plan().labels == ["revoke ann", "disconnect ann"])
    }

    @Test func `a mapped role that only its grantor can take is said with the statement`() {
        var world = world(members: ["ann"])
        world.server.logins["ann"]?.memberships.append(Self.foreign("r2"))
        let findings = world.adoption(of: ["ann"]).content.findings
        #expect(findings.map(\.kind) == [.irrevocableMembership])
        #expect(findings.first?.statements == ["REVOKE r2;"])
    }

    /// What is wrong with the account, and what is said about it.
    private static let strangers: [(change: @Sendable (inout InMemoryLogin) -> Void, says: String)] = [
        ({ $0.usesIAM = false }, "does not log in by IAM token"), ({ $0.canLogIn = false }, "it is locked"),
        ({ $0.foreignAttributes = ["SUPERUSER"] }, "it has what we never give: SUPERUSER"),
        ({ $0.unmanageableBecause = "run GRANT \"ann\" TO \"owner\"" }, "run GRANT \"ann\" TO \"owner\""),
        ({ $0.marker = .damaged }, "its marker cannot be read"), ({ $0.marker = .newer(version: 2) }, "version 2"),
        ({ $0.marker = .marker(marker(owner: "staging")) }, "belongs to deployment staging"),
        ({ $0.marker = .marker(marker(directory: "d-2")) }, "directory d-2"),
        ({ $0.marker = .marker(marker(user: "eve")) }, "the account of another person"),
        ({ $0.marker = .marker(marker(name: "root")) }, "not as we make accounts"),
    ]

    private static func marker(
        owner: DeploymentOwner = World.owner,
        directory: DirectoryId = World.directoryId,
        user: UserId = "ann",
        name: AccountName = "ann"
    ) -> Marker {
        Marker(owner: owner, directory: directory, user: user, name: name, asOf: World.start)
    }

    @Test(arguments: strangers.indices)
    func `what is not as we make accounts, or is somebody else's, is a conflict that says why`(index: Int) throws {
        var world = world()
        var login = try #require(world.login("ann"))
        Self.strangers[index].change(&login)
        world.server.logins["ann"] = login
        let plan = world.adoption(of: ["ann", "ben"])
        #expect(plan.labels == ["adopt ben"])
        #expect(plan.conflictKinds == [.notAdoptable])
        let message = plan.content.conflicts.first?.message ?? ""
        #expect(message.contains(Self.strangers[index].says), "\(message)")
    }

    @Test(
        arguments: [
            ("rdsadmin", Conflict.Kind.nameReserved), ("sso_provisioner", .nameReserved),
            ("protected_1", .nameReserved),
            ("emoji😀", .nameInvalid), ("a\"b", .nameInvalid), ("", .nameMissing),
        ] as [(AccountName, Conflict.Kind)]
    )
    func `a name that no person can have is never adopted`(name: AccountName, kind: Conflict.Kind) {
        var world = world()
        world.rename("ann", to: name)
        world.server.logins[name] = InMemoryLogin()
        let plan = world.adoption(of: ["ann"])
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [kind])
    }

    @Test func `a name that several people have, at least but for case, is nobody's`() {
        var world = world()
        world.rename("ben", to: "Ann")
        let plan = world.adoption(of: ["ann"])
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameCollision])
    }

    @Test func `an account may be that of a namesake who has no rights here any more`() {
        var world = world(members: ["ann"])
        world.rename("ben", to: "ANN")
        #expect(world.directory.people.map(\.id).contains("ben"))
        let plan = world.adoption(of: ["ann"])
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameCollision])
    }

    @Test func `somebody who has an account gets no second one`() throws {
        var world = world()
        try world.apply(world.adoption(of: ["ann"]))
        world.server.logins["anna"] = InMemoryLogin()
        world.rename("ann", to: "anna")
        let plan = world.adoption(of: ["ann"])
        #expect(plan.steps.isEmpty)
        #expect(plan.content.conflicts.map(\.message) == ["ann has the account ann already: only one can be theirs"])
    }

    @Test func `an account that is not there is said, and that the next run makes it`() {
        var world = world()
        world.server.logins["ann"] = nil
        let plan = world.adoption(of: ["ann"])
        #expect(plan.content.conflicts.map(\.message) == ["there is no account ann to adopt: the next run makes it"])
    }

    @Test func `somebody who is in none of the groups is not adopted by name, for the next run would lock the account`()
    {
        let plan = world(members: ["ben"]).adoption(of: ["ann"])
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.notAdoptable])
    }

    @Test func `a reading of some people adopts nobody: the name may be another's`() {
        let world = world()
        let request = MarkingRequest.adopt([.init(user: "ann")])
        for isDirectory in [true, false] {
            let scope = Scope.people(["ann"])
            let plan = Planner().plan(
                request,
                directory: isDirectory ? world.directory(in: scope) : world.directory,
                accounts: world.server.inspect(world.request(isDirectory ? .everyone : scope)),
                policy: world.policy,
                dialect: world.server.dialect,
                now: world.now
            )
            #expect(plan.steps.isEmpty)
            #expect(plan.conflictKinds == [.notAdoptable])
        }
    }

    @Test func `a group that is missing keeps everybody from being adopted and let go`() {
        var world = world()
        world.removeGroup("g2")
        for request in [MarkingRequest.adopt([.init(user: "ann")]), .release(["ann"])] {
            #expect(world.plan(request).steps.isEmpty)
            #expect(world.plan(request).conflictKinds == [.groupMissing])
        }
    }

    // MARK: Privileged roles

    /// A role that ann holds, and what is said of it.
    private static let privilegedRoles: [(role: RoleName, says: String)] = [
        ("dba", "it holds dba, which is privileged (inherits rds_superuser)"),
        ("rds_password", "it holds rds_password, which is privileged (its name is reserved)"),
        ("gone", "it holds gone, of which nothing is known"),
    ]

    @Test(arguments: privilegedRoles.indices)
    func `an account that holds a privileged role is not adopted, whoever granted it and whether it is mapped or not`(
        index: Int
    ) {
        for isMapped in [true, false] {
            var world = world()
            if isMapped { world.editPolicy(groups: Self.rules(["r1", Self.privilegedRoles[index].role])) }
            world.server.logins["ann"]?.memberships.append(Self.foreign(Self.privilegedRoles[index].role))
            let plan = world.adoption(of: ["ann", "ben"])
            #expect(plan.labels == ["adopt ben"])
            #expect(plan.conflictKinds == [.notAdoptable])
            let message = plan.content.conflicts.first?.message ?? ""
            #expect(message.contains(Self.privilegedRoles[index].says), "\(message)")
        }
    }

    @Test func `a privileged role that the policy lets the group have keeps nobody from being adopted, a leaver apart`()
        throws
    {
        var world = world()
        let exceptions = (1...2).map { Policy.PrivilegedGrant(role: "dba", group: "g1", maximumMembers: $0) }
        world.editPolicy(groups: Self.rules(["r1", "dba"]), allowPrivileged: [exceptions[1]])
        world.server.logins["ann"]?.memberships.append(Self.foreign("dba"))
        #expect(world.adoption(of: ["ann"]).labels == ["adopt ann"])
        world.editPolicy(allowPrivileged: [exceptions[0]])
        #expect(world.adoption(of: ["ann"]).steps.isEmpty)
        world.editPolicy(allowPrivileged: [exceptions[1]])
        let gone = MarkingRequest.adopt([.init(user: "gone", account: "old", includesLeaver: true)])
        world.server.logins["old"] = InMemoryLogin(memberships: [Self.foreign("dba")])
        #expect(world.plan(gone).conflictKinds == [.notAdoptable])
    }

    // MARK: The brake

    @Test func `markers are neither held back by the brake nor counted for it`() throws {
        var world = world()
        world.editPolicy(brake: Policy.Brake(removals: 0, percent: 0, joins: 0))
        let plan = world.adoption(of: ["ann", "ben"])
        #expect(plan.labels == ["adopt ann", "adopt ben"])
        #expect(!plan.brake.stopsJoins && !plan.brake.stopsRemovals)
        try world.apply(plan)
        #expect(world.accounts.counts == TargetCounts(managedActive: 2))
        let release = world.plan(.release(["ann"]))
        #expect(release.labels == ["release ann"])
        #expect(!release.brake.stopsJoins && !release.brake.stopsRemovals)
        try world.apply(release)
        #expect(world.accounts.counts == TargetCounts(managedActive: 1))
    }

    // MARK: Records

    @Test
    func `a leaver of whom a record tells is adopted only if that is wanted, and then the next run locks the account`()
        throws
    {
        var world = world(members: ["ben"])
        let alone = world.plan(.adopt([.init(user: "ann", account: "ann")]))
        #expect(alone.steps.isEmpty)
        #expect(alone.content.conflicts.map(\.message).first?.contains("the next run would lock ann") == true)
        let plan = world.plan(.adopt([.init(user: "ann", account: "ann", includesLeaver: true)]))
        #expect(plan.labels == ["adopt ann"])
        #expect(plan.steps.map(\.reason) == [.adoptedToLeave])
        try world.apply(plan)
        world.pass(World.hour)
        #expect(world.plan().labels.first == "lock ann")
        #expect(world.plan().brake.removals == 1)
    }

    @Test func `a record of an account whose name somebody else has by now adopts it for neither`() {
        var world = world(members: ["ben"])
        world.rename("ben", to: "ann")
        let plan = world.plan(.adopt([.init(user: "gone", account: "ann", includesLeaver: true)]))
        #expect(plan.steps.isEmpty)
        #expect(plan.content.conflicts.map(\.message).first?.contains("found out by hand") == true)
    }

    @Test func `a record of another name than the directory has is a conflict`() {
        var world = world()
        world.rename("ann", to: "anna")
        let plan = world.plan(.adopt([.init(user: "ann", account: "ann")]))
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.notAdoptable])
    }

    @Test func `two records of one account adopt it for neither`() {
        let world = world(members: [])
        let claims = ["ann", "eve"].map {
            MarkingRequest.Claim(user: $0, account: "ann", includesLeaver: true)
        }
        let plan = world.plan(.adopt(Set(claims)))
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameCollision, .nameCollision])
    }

    @Test func `records that give one person several accounts adopt none of them`() {
        let world = world(members: [])
        let claims = ["ann", "ben"].map {
            MarkingRequest.Claim(user: "eve", account: $0, includesLeaver: true)
        }
        let plan = world.plan(.adopt(Set(claims)))
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.notAdoptable, .notAdoptable])
        #expect(plan.content.conflicts.first?.message == "ann, ben are all said to be of eve: only one can be theirs")
    }

    @Test func `whoever is named by hand and by a record is adopted once`() {
        let plan = world().plan(.adopt([.init(user: "ann"), .init(user: "ann", account: "ann")]))
        #expect(plan.labels == ["adopt ann"])
        #expect(plan.content.conflicts.isEmpty)
    }
}
