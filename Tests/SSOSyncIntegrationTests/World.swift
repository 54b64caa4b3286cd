// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// A real server, a directory that the test changes, and the engine between them.
final class World: Sendable {
    /// The engines that tests run on, as far as they depend on the server.
    static let engines = TestEngine.tested
    /// The versions of PostgreSQL that tests run on which are about what that engine alone has.
    static let postgresVersions = PostgresVersions.tested
    static let owner: DeploymentOwner = "test"
    static let directoryId: DirectoryId = "d-1234567890"

    let server: any TestServer
    let directory: InMemoryDirectory
    let roles: [RoleName]
    private let clock = Locked<Timestamp>(Timestamp.now)

    private init(server: any TestServer, roles: [RoleName]) {
        self.server = server
        self.roles = roles
        let groups = roles.map { DirectoryGroup(id: GroupId("g-\($0)"), name: GroupName($0.rawValue), members: []) }
        directory = InMemoryDirectory(id: Self.directoryId, now: .now, groups: groups)
    }

    /// Makes a server with a provisioner and roles, runs the body, and removes the server.
    static func with(
        _ engine: TestEngine,
        standby: Bool = false,
        roles: [RoleName] = ["readers", "writers"],
        capacity: Int = 1_000,
        _ body: (World) async throws -> Void
    ) async throws {
        try await with(try await engine.makeServer(standby: standby), roles: roles, capacity: capacity, body)
    }

    /// The same on a server that was made already.
    static func with(
        _ server: any TestServer,
        roles: [RoleName],
        capacity: Int = 1_000,
        _ body: (World) async throws -> Void
    ) async throws {
        do {
            try await server.bootstrap(roles: roles, capacity: capacity)
            try await body(World(server: server, roles: roles))
        } catch {
            try await server.drop()
            throw error
        }
        try await server.drop()
    }

    /// The same on PostgreSQL, for what that engine alone has.
    static func with(
        postgres version: Int,
        standby: Bool = false,
        roles: [RoleName] = ["readers", "writers"],
        capacity: Int = 1_000,
        _ body: (World) async throws -> Void
    ) async throws {
        try await with(.postgres(version), standby: standby, roles: roles, capacity: capacity, body)
    }

    var engine: TestEngine { server.engine }

    /// The server of a test that is about PostgreSQL.
    var postgres: ScratchServer {
        guard let server = server as? ScratchServer else { preconditionFailure("\(engine) is not PostgreSQL") }
        return server
    }

    // MARK: The directory

    /// Puts a person into groups, named as the roles that they map to, and into no others.
    func set(_ user: UserId, name: AccountName? = nil, isEnabled: Bool = true, in groups: [RoleName]) {
        directory.update { world in
            let known = world.people[user]?.accountName ?? AccountName(user.rawValue)
            world.add(Person(id: user, accountName: name ?? known, isEnabled: isEnabled))
            for role in roles {
                let group = GroupId("g-\(role)")
                if groups.contains(role) { world.add(user, to: group) } else { world.remove(user, from: group) }
            }
        }
    }

    /// Deletes a person from the directory.
    func delete(_ user: UserId) {
        directory.update { $0.remove(person: user) }
    }

    /// The time on the engine's and the directory's clocks.
    var now: Timestamp { clock.withLock { $0 } }

    /// Lets time pass, for the engine and the directory.
    func pass(seconds: Int64) {
        let now = clock.withLock { time in
            time = time.advanced(bySeconds: seconds)
            return time
        }
        directory.update { $0.now = now }
    }

    // MARK: Runs

    /// What the target's policy is unless a test says otherwise: no brake, a quarantine of a day.
    func policy(
        mode: Policy.Mode = .enforce,
        leavers: Policy.Leavers = Policy.Leavers(quarantine: 86_400),
        brake: Policy.Brake = Policy.Brake(removals: 10_000, percent: 100, joins: 10_000),
        protectedNames: [Glob] = [],
        allowPrivileged: [Policy.PrivilegedGrant] = []
    ) -> Policy {
        Policy(
            target: "orders",
            owner: Self.owner,
            mode: mode,
            groups: roles.map {
                Policy.GroupRule(group: GroupName($0.rawValue), pinnedId: GroupId("g-\($0)"), roles: [$0])
            },
            leavers: leavers,
            brake: brake,
            protectedNames: protectedNames,
            allowPrivileged: allowPrivileged
        )
    }

    /// The provisioner that runs use unless a test brings another.
    func provisioner(_ change: (inout ProvisionerSettings) -> Void = { _ in }) -> any DatabaseProvisioner {
        var settings = ProvisionerSettings()
        settings.owner = Self.owner
        change(&settings)
        return server.provisioner(settings)
    }

    func engine(
        _ policy: Policy? = nil,
        reading source: (any IdentitySource)? = nil,
        provisioner: (any DatabaseProvisioner)? = nil
    ) -> SyncEngine {
        SyncEngine(
            source: source ?? directory,
            targets: [
                SyncEngine.Target(policy: policy ?? self.policy(), provisioner: provisioner ?? self.provisioner())
            ],
            now: { self.now }
        )
    }

    /// Runs, and requires that everything that was planned is done.
    @discardableResult
    func apply(
        _ scope: ScopeRequest = .everyone,
        _ policy: Policy? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TargetReport {
        let report = await engine(policy).apply(scope)
        let target = try #require(
            report.targets.first,
            "\(report.sourceFailure as Any)",
            sourceLocation: sourceLocation
        )
        try #require(target.failure == nil, sourceLocation: sourceLocation)
        let failed = target.failedOutcomes.map { "\($0.operation) \($0.result)" }
        try #require(failed == [], sourceLocation: sourceLocation)
        return target
    }

    /// The plan of the moment.
    func plan(_ scope: ScopeRequest = .everyone, _ policy: Policy? = nil) async throws -> Plan {
        let report = await engine(policy).plan(scope)
        let target = try #require(report.targets.first, "\(report.sourceFailure as Any)")
        return try #require(target.plan, "\(target.failure as Any)")
    }

    // MARK: What the server says

    /// The roles that an account is a member of, without one that only makes it an IAM login, ascending.
    func rolesHeld(by account: AccountName) async throws -> [String] {
        try await server.rolesHeld(by: account)
    }

    /// Whether the server would let the account log in, without trying; nil if there is no such account.
    func mayLogIn(_ account: AccountName, standby: Bool = false) async throws -> Bool? {
        try await server.mayLogIn(account, standby: standby)
    }

    /// The sessions of accounts on an instance.
    func sessions(of accounts: [AccountName], standby: Bool = false) async throws -> Int {
        try await server.sessions(of: accounts, standby: standby)
    }

    /// Whether the person can log in by token.
    func canLogIn(_ account: AccountName, standby: Bool = false) async -> Bool {
        guard let session = try? await server.logIn(as: account, standby: standby) else { return false }
        await session.close()
        return true
    }
}
