// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// A world in which one run does everything that a run can do, and which can be made again and again on one server.
struct CrashWorld {
    /// What a person is and holds at one time; nil for nobody.
    struct Standing {
        let name: AccountName
        let roles: [RoleName]
        var isEnabled = true
    }

    /// A person before the run and after it.
    struct Fate {
        let user: UserId
        let before: Standing?
        let after: Standing?
        init(_ user: UserId, _ before: Standing?, _ after: Standing?) {
            (self.user, self.before, self.after) = (user, before, after)
        }
    }

    static let fates: [Fate] = [
        Fate("stays", at("stays", ["readers"]), at("stays", ["readers"])),
        Fate("granted", at("granted", ["readers"]), at("granted", ["readers", "writers"])),
        Fate("revoked", at("revoked", ["readers", "writers"]), at("revoked", ["readers"])),
        Fate("renamed", at("renamed", ["readers"]), at("renamed later", ["readers"])),
        Fate("swap-1", at("swap one", ["readers"]), at("swap two", ["readers"])),
        Fate("swap-2", at("swap two", ["writers"]), at("swap one", ["writers"])),
        Fate("chain-1", at("link1", ["readers"]), at("link2", ["writers"])),
        Fate("chain-2", at("link2", ["readers"]), at("link3", ["readers"])),
        Fate("gone", at("namesake", ["readers", "writers"]), nil),
        Fate("heir", nil, at("namesake", ["readers"])),
        Fate("leaver-1", at("leaver1", ["readers", "writers"]), at("leaver1", [])),
        Fate("leaver-2", at("leaver2", ["writers"]), nil),
        Fate("disabled", at("disabled", ["readers"]), Standing(name: "disabled", roles: ["readers"], isEnabled: false)),
        Fate("joiner-1", nil, at("joiner1", ["readers", "writers"])),
        Fate("joiner-2", nil, at("joiner2", ["writers"])),
    ]

    /// Locked before the run and let in again by it, one under another name; and locked for so long that it drops them.
    static let returners: [Fate] = [
        Fate("returner-1", at("returner1", ["readers"]), at("returner1", ["writers"])),
        Fate("returner-2", at("returner2", ["readers"]), at("returner2 again", ["readers"])),
    ]
    static let dropped: [Fate] = [
        Fate("dropped-1", at("dropped1", ["readers"]), nil), Fate("dropped-2", at("dropped2", ["writers"]), nil),
    ]

    private static func at(_ name: AccountName, _ roles: [RoleName]) -> Standing { Standing(name: name, roles: roles) }

    let world: World
    let dba: any TestAdministrator

    init(_ world: World) async throws {
        self.world = world
        dba = try await world.server.openAdministrator()
    }

    /// Makes the world as it is before the run, with open sessions of some who are to leave, and of one who is to lose a role.
    func prepare() async throws -> [any TestSession] {
        try await dba.dropMarkedAccounts()
        for user in world.directory.world.people.keys { world.delete(user) }
        let everyone = Self.fates + Self.returners + Self.dropped
        for fate in everyone { put(fate.user, fate.before) }
        try await world.apply()
        try await leave(Self.dropped)
        world.pass(seconds: 90_000)
        try await leave(Self.returners)
        return try await openSessions(of: ["leaver1", "namesake", "revoked"])
    }

    /// Logs in everywhere.
    private func openSessions(of accounts: [AccountName]) async throws -> [any TestSession] {
        var sessions: [any TestSession] = []
        for account in accounts {
            sessions.append(try await world.server.logIn(as: account))
            guard hasStandby else { continue }
            try await eventually("the standby knows \(account)") {
                guard let session = try? await world.server.logIn(as: account, standby: true) else {
                    return false
                }
                sessions.append(session)
                return true
            }
        }
        return sessions
    }

    private var hasStandby: Bool { world.server.hasStandby }

    /// Changes the directory to what it is when the run begins.
    func change() {
        for fate in Self.fates + Self.returners + Self.dropped { put(fate.user, fate.after) }
    }

    private func leave(_ fates: [Fate]) async throws {
        for fate in fates { put(fate.user, nil) }
        try await world.apply(.people(Set(fates.map(\.user))))
    }

    private func put(_ user: UserId, _ standing: Standing?) {
        guard let standing else { return world.delete(user) }
        world.set(user, name: standing.name, isEnabled: standing.isEnabled, in: standing.roles)
    }

    /// One run, on whatever way to the server; it waits for the lock, which the server may not know to be free yet.
    func run(_ provisioner: (any DatabaseProvisioner)? = nil) async throws -> TargetReport {
        var options = SyncEngine.Options()
        options.lockWait = 20
        let report = await world.engine(provisioner: provisioner).apply(options: options)
        return try #require(report.targets.first)
    }

    /// The provisioner on its way through a proxy.
    func provisioner(through proxy: FaultProxy, isReader: Bool = false) -> any DatabaseProvisioner {
        world.provisioner { settings in
            if isReader { settings.readerPorts = [proxy.port] } else { settings.writerPort = proxy.port }
        }
    }
}

extension CrashWorld {
    /// What an uncut run comes to.
    func goal() async throws -> [String] {
        let sessions = try await prepare()
        change()
        let report = try await run()
        try #require(report.verdict == .inSync, "\(report.failure as Any) \(report.failedOutcomes)")
        let kinds = Set(report.outcomes.map(\.operation.label))
        #expect(
            kinds == [
                "lock", "revoke", "end-sessions", "move-aside", "rename", "create", "restore", "grant", "disconnect",
                "drop",
            ]
        )
        #expect(report.outcomes.map(\.sessionsEnded).reduce(0, +) == sessions.count)
        return try await dba.state().summary
    }

    /// Checks what has to be true whenever a run is cut off, and that the next one ends in the same state as an uncut one.
    func check(_ cut: TargetReport, goal: [String], sessions: [any TestSession], _ comment: Comment) async throws {
        try await checkWhoIsOut(cut, comment)
        checkNothingIsHalfMade(try await dba.state(), comment)
        let next = try await run()
        #expect(next.verdict == .inSync, "\(comment): \(next.failure as Any) \(next.failedOutcomes)")
        #expect(try await dba.state().summary == goal, comment)
        #expect(try await world.plan().isInSync, comment)
        for session in sessions {
            await #expect(throws: LostSession.self, comment) { try await session.check() }
        }
    }

    /// Nobody whom the run has reported as out can log in, or is connected still, but for those whom it lets in again: of them
    /// what an earlier run left has ended.
    private func checkWhoIsOut(_ report: TargetReport, _ comment: Comment) async throws {
        let out = report.outcomes.filter { $0.operation.action == .endSessions && $0.isDone }
        let admitted = (report.plan?.operations ?? []).filter { $0.phase == .admit }
        let users = Set(out.map(\.operation.user)).subtracting(admitted.map(\.user))
        let state = try await dba.state()
        for account in state.marked where account.marker.map({ users.contains($0.user) }) ?? false {
            #expect(!account.canLogIn, "\(account.name), \(comment)")
            #expect(try await dba.sessions(of: account.name) == 0, "\(account.name), \(comment)")
            #expect(await !world.canLogIn(account.name), "\(account.name), \(comment)")
            guard hasStandby else { continue }
            let onStandby = try await world.sessions(of: [account.name], standby: true)
            #expect(onStandby == 0, "\(account.name) on the standby, \(comment)")
            #expect(await !world.canLogIn(account.name, standby: true), "\(account.name) on the standby, \(comment)")
        }
    }

    /// No account lacks its marker, its IAM login or its roles.
    private func checkNothingIsHalfMade(_ state: ServerState, _ comment: Comment) {
        for account in state.accounts.values where account.canLogIn && !world.engine.ownAccounts.contains(account.name)
        {
            #expect(account.usesIAM, "\(account.summary), \(comment)")
            guard let marker = account.marker, marker.records(account.name) else {
                Issue.record("half made: \(account.summary), \(comment)")
                continue
            }
            #expect(Self.mayHold(account.roles, marker.user), "\(account.summary), \(comment)")
        }
    }

    /// Somebody who is let in has all roles at once; somebody who was in keeps those that do not change.
    private static func mayHold(_ roles: Set<String>, _ user: UserId) -> Bool {
        guard let fate = (fates + returners + dropped).first(where: { $0.user == user }) else { return false }
        let (before, after) = (
            Set((fate.before?.roles ?? []).map(\.rawValue)), Set((fate.after?.roles ?? []).map(\.rawValue))
        )
        if fate.before == nil || returners.contains(where: { $0.user == user }) { return roles == after }
        return roles.isSuperset(of: before.intersection(after)) && roles.isSubset(of: before.union(after))
    }
}
