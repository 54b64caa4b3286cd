// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Synchronization
import Testing

@Suite("Targets that pause while nobody is connected")
struct RestingTests {
    /// A server in memory that pauses, and counts how often it was woken.
    private final class PausingServer: DatabaseProvisioner, Pausing {
        let database = InMemoryDatabase(server: InMemoryServer(roles: ["team": RoleFacts()]))
        private let state = Mutex<(name: String?, wakings: Int)>(("cluster-1", 0))
        /// What happens while a run waits for the lock.
        let meanwhile = Mutex<(@Sendable () async -> Void)?>(nil)

        var name: String? {
            get { state.withLock { $0.name } }
            set { state.withLock { $0.name = newValue } }
        }
        var wakings: Int { state.withLock { $0.wakings } }

        func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
            state.withLock { $0.wakings += 1 }
            await meanwhile.withLock { $0 }?()
            return try await database.openSession(access)
        }

        func pausableServer(_ access: SessionAccess) async throws -> PausableServer {
            PausableServer(id: name ?? "cluster-1", pausedAs: name.map { _ in "16.4" })
        }
    }

    /// A memory that can be made read-only.
    private final class Memory: RestStore {
        struct Full: Error {}

        private struct State {
            var runs: [String: String] = [:]
            var rests: [String: Rest] = [:]
            var isFull = false
        }

        private let state = Mutex(State())
        /// What happens once a run has forgotten.
        let meanwhile = Mutex<(@Sendable () async -> Void)?>(nil)

        func fill() { state.withLock { $0.isFull = true } }

        func rest(of server: String) async throws -> Rest? { state.withLock { $0.rests[server] } }

        func forget(_ server: String, run: String) async throws {
            try state.withLock { state in
                guard !state.isFull else { throw Full() }
                state.runs[server] = run
                state.rests[server] = nil
            }
            await meanwhile.withLock { $0.take() }?()
        }

        func keep(_ rest: Rest, of server: String, run: String) async throws {
            state.withLock { state in
                guard state.runs[server] == run else { return }
                state.rests[server] = rest
            }
        }

        /// As a run does that had nothing to do.
        func put(_ rest: Rest?, of server: String) { state.withLock { $0.rests[server] = rest } }
    }

    private static let start = Timestamp(secondsSince1970: 1_800_000_000)
    private let server = PausingServer()
    private let memory = Memory()

    private func engine(
        _ members: Set<UserId>,
        after seconds: Int64 = 0,
        roles: [RoleName] = ["team"],
        remembers: Bool = true,
        target: TargetName = "orders"
    ) -> SyncEngine {
        let people: [Person] = ["ann", "bob"].map { Person(id: UserId($0), accountName: AccountName($0)) }
        let time = Self.start.advanced(bySeconds: seconds)
        let policy = Policy(
            target: target,
            owner: "test",
            mode: .enforce,
            groups: [Policy.GroupRule(group: "team", pinnedId: "g-1", roles: roles)],
            leavers: Policy.Leavers(quarantine: 100_000),
            brake: Policy.Brake(removals: 100, percent: 100, joins: 100)
        )
        let group = DirectoryGroup(id: "g-1", name: "team", members: members)
        return SyncEngine(
            source: InMemoryDirectory(id: "d-1", now: time, people: people, groups: [group]),
            targets: [SyncEngine.Target(policy: policy, provisioner: server, rests: remembers ? memory : nil)],
            now: { time }
        )
    }

    /// Whether a run for everyone leaves the server paused.
    private func leavesPaused(_ members: Set<UserId>, after seconds: Int64 = 0, roles: [RoleName] = ["team"])
        async throws -> Bool
    {
        let before = server.wakings
        let report = await engine(members, after: seconds, roles: roles).apply()
        let target = try #require(report.targets.first)
        #expect(target.isResting == (server.wakings == before))
        if target.isResting { #expect(report.verdict == .inSync) }
        return target.isResting
    }

    /// Runs until the server is left paused.
    private func settle(_ members: Set<UserId>, after seconds: Int64 = 0) async throws {
        _ = await engine(members, after: seconds).apply()
        _ = await engine(members, after: seconds).apply()
        try #require(try await leavesPaused(members, after: seconds))
    }

    @Test func `it is left paused once a run has found nothing to do, and woken by whoever joins or leaves`()
        async throws
    {
        #expect(try await !leavesPaused(["ann"]))
        #expect(try await !leavesPaused(["ann"]))
        #expect(try await leavesPaused(["ann"]))
        #expect(try await leavesPaused(["ann"], after: 86_399))
        #expect(try await !leavesPaused(["ann", "bob"]))
        try await settle(["ann", "bob"])
        #expect(try await !leavesPaused(["bob"]))
        #expect(server.database.server.logins["ann"]?.canLogIn == false)
    }

    @Test func `one that was in step before it was changed is not taken for in step when the directory turns back`()
        async throws
    {
        try await settle(["ann"])
        _ = await engine([]).apply()
        #expect(try await !leavesPaused(["ann"]))
        #expect(server.database.server.logins["ann"]?.canLogIn == true)
        try await settle(["ann"])
        // A run of one person changes it, too.
        _ = await engine([]).apply(.people(["ann"]))
        #expect(try await !leavesPaused(["ann"]))
    }

    @Test func `what another run keeps that ends while this one waits for the lock is forgotten, too`() async throws {
        try await settle(["ann"])
        let kept = try await memory.rest(of: "cluster-1")
        server.meanwhile.withLock { [memory] in $0 = { memory.put(kept, of: "cluster-1") } }
        _ = await engine([]).apply()
        server.meanwhile.withLock { $0 = nil }
        #expect(try await !leavesPaused(["ann"]))
        #expect(server.database.server.logins["ann"]?.canLogIn == true)
    }

    @Test func `a run that has lost its lock keeps nothing once another one has forgotten`() async throws {
        _ = await engine(["ann"]).apply()
        memory.meanwhile.withLock { [memory] in $0 = { try? await memory.forget("cluster-1", run: "another") } }
        _ = await engine(["ann"]).apply()
        #expect(try await memory.rest(of: "cluster-1") == nil)
        #expect(try await !leavesPaused(["ann"]))
        #expect(try await leavesPaused(["ann"]))
    }

    @Test func `it is woken once a day`() async throws {
        try await settle(["ann"])
        #expect(try await leavesPaused(["ann"], after: 86_399))
        #expect(try await !leavesPaused(["ann"], after: 86_400))
        #expect(try await leavesPaused(["ann"], after: 86_401))
    }

    @Test func `it is woken when an account may be dropped, and not before`() async throws {
        _ = await engine(["ann", "bob"]).apply()
        try await settle(["bob"])
        try await settle(["bob"], after: 90_000)
        #expect(try await leavesPaused(["bob"], after: 99_999))
        #expect(try await !leavesPaused(["bob"], after: 100_000))
        #expect(server.database.server.logins["ann"] == nil)
    }

    @Test func `it is woken if it has become another server, or the policy another one, or needs looking at`()
        async throws
    {
        try await settle(["ann"])
        server.name = "cluster-2"
        #expect(try await !leavesPaused(["ann"]))
        try await settle(["ann"])
        #expect(try await !leavesPaused(["ann"], roles: ["team", "gone"]))
        // The role that is not there is a conflict, which stays one.
        #expect(try await !leavesPaused(["ann"], roles: ["team", "gone"]))
        #expect(try await !leavesPaused(["ann"], roles: ["team", "gone"]))
        try await settle(["ann"])
        server.name = nil
        #expect(try await !leavesPaused(["ann"]))
    }

    @Test func `whatever name it was changed under, it is not taken for in step`() async throws {
        try await settle(["ann"])
        _ = await engine([], target: "invoices").apply()
        #expect(try await !leavesPaused(["ann"]))
        #expect(server.database.server.logins["ann"]?.canLogIn == true)
    }

    @Test func `what changed while it did not pause is not forgotten about when it pauses again`() async throws {
        try await settle(["ann"])
        server.name = nil
        _ = await engine([]).apply()
        server.name = "cluster-1"
        #expect(try await !leavesPaused(["ann"]))
        #expect(server.database.server.logins["ann"]?.canLogIn == true)
    }

    @Test func `whoever lets an account go wakes it, and it is not taken for in step afterwards`() async throws {
        try await settle(["ann"])
        let before = server.wakings
        #expect(await engine(["ann"]).apply(.release(["ann"])).verdict == .inSync)
        #expect(server.wakings == before + 1)
        #expect(server.database.server.logins["ann"]?.marker == MarkerReading.none)
        #expect(try await !leavesPaused(["ann"]))
    }

    @Test func `plans, runs of a few people and releases look, and without a memory every run does`() async throws {
        try await settle(["ann"])
        let before = server.wakings
        _ = await engine(["ann"]).plan()
        _ = await engine(["ann"]).apply(.people(["ann"]))
        try await settle(["ann"])
        var options = SyncEngine.Options()
        options.releasedRemovals = ["hash"]
        _ = await engine(["ann"]).apply(options: options)
        try await settle(["ann"])
        _ = await engine(["ann"], remembers: false).apply()
        #expect(server.wakings >= before + 4)
        let report = await engine(["ann"], remembers: false).apply()
        #expect(report.targets[0].isResting == false)
    }

    @Test func `what cannot be forgotten fails the run, which locks whoever left and lets nobody in`() async throws {
        try await settle(["ann"])
        memory.fill()
        let report = await engine(["bob"]).apply()
        #expect(report.verdict == .partialFailure)
        #expect(report.targets[0].failure?.message.contains("cannot be forgotten, so nobody is let in") == true)
        #expect(server.database.server.logins["ann"]?.canLogIn == false)
        #expect(server.database.server.logins["bob"] == nil)
        let skipped = report.targets[0].outcomes.filter { !$0.isDone }
        #expect(skipped.map(\.operation.action) == [.create(roles: ["team"])])
        // The directory turns back, and the target is left paused: nobody has access who should not.
        #expect(try await leavesPaused(["ann"]))
        #expect(server.database.server.logins["bob"] == nil)
    }
}
