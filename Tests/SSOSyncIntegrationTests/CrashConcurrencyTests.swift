// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Runs at the same time")
struct CrashConcurrencyTests {
    @Test(arguments: World.engines)
    func `of two runs at once one is busy and does nothing, or it waits, and they never interleave`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let crash = try await CrashWorld(world)
            let goal = try await crash.goal()
            for lockWait in [0, 30] {
                _ = try await crash.prepare()
                crash.change()
                let journal = Journal()
                async let first = run(world, journal, 1, lockWait: lockWait)
                async let second = run(world, journal, 2, lockWait: lockWait)
                let reports = try await [first, second]
                check(reports, mayBeBusy: lockWait == 0)
                #expect(journal.isNeverInterleaved, "\(journal.entries)")
                // The login of one is under way while the other one looks: it could be that of somebody locked just now, who
                // is not dropped then.
                let rest = try await crash.run()
                #expect(rest.outcomes.allSatisfy { $0.isDone && $0.operation.action == .drop }, "\(rest.outcomes)")
                let state = try await crash.dba.state().summary
                #expect(state == goal, "\(Set(state).symmetricDifference(goal).sorted())")
            }
        }
    }

    private func check(_ reports: [TargetReport], mayBeBusy: Bool) {
        for report in reports where report.failure != nil {
            #expect(report.verdict == .busy && mayBeBusy, "\(report.failure as Any)")
            #expect(report.outcomes.isEmpty)
        }
        let outcomes = reports.flatMap(\.outcomes)
        #expect(outcomes.count(where: \.isDone) == outcomes.count)
        let done = outcomes.map(\.operation)
        #expect(Set(done).count == done.count, "something was done twice")
        #expect(reports.contains { !$0.outcomes.isEmpty })
    }

    @Test(arguments: World.engines)
    func `a run that comes while another one applies is busy, and the other one is not disturbed`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            for number in 1...20 { world.set(UserId("p\(number)"), in: ["readers"]) }
            let late = Locked<TargetReport?>(nil)
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .applying = event else { return }
                let report = await world.engine().apply().targets.first
                late.withLock { $0 = report }
            }
            let report = try #require(await world.engine(provisioner: provisioner).apply().targets.first)
            #expect(report.verdict == .inSync)
            #expect(report.outcomes.count == 20)
            let lateReport = try #require(late.withLock { $0 })
            #expect(lateReport.verdict == .busy)
            #expect(lateReport.outcomes.isEmpty)
        }
    }

    @Test(arguments: World.engines)
    func `ten runs of one person each that wait for the lock all succeed`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let users = (1...10).map { UserId("p\($0)") }
            for user in users { world.set(user, in: ["readers"]) }
            let journal = Journal()
            let reports = try await withThrowingTaskGroup(of: TargetReport.self) { group in
                for (number, user) in users.enumerated() {
                    group.addTask {
                        try await run(world, journal, number, scope: .people([user]), lockWait: 60)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.count == 10)
            for report in reports {
                #expect(report.verdict == .inSync, "\(report.failure as Any)")
                #expect(report.outcomes.map(\.operation.label) == ["create"])
            }
            #expect(journal.isNeverInterleaved, "\(journal.entries)")
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.engines)
    func `a run right after another one is never busy`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            for _ in 1...50 { try await world.apply() }
        }
    }

    private func run(
        _ world: World,
        _ journal: Journal,
        _ number: Int,
        scope: ScopeRequest = .everyone,
        lockWait: Int
    ) async throws -> TargetReport {
        var options = SyncEngine.Options()
        options.lockWait = lockWait
        let provisioner = InterceptedProvisioner(world.provisioner()) { event in
            switch event {
            case .opened: journal.add("open", number)
            case .applied: journal.add("apply", number)
            case .closing: journal.add("close", number)
            default: break
            }
        }
        let report = await world.engine(provisioner: provisioner).apply(scope, options: options)
        return try #require(report.targets.first)
    }
}

/// What runs did, in order.
private final class Journal: Sendable {
    private let storage = Locked<[(what: String, run: Int)]>([])

    var entries: [String] { storage.withLock { $0.map { "\($0.what) \($0.run)" } } }

    func add(_ what: String, _ run: Int) { storage.withLock { $0.append((what, run)) } }

    /// Whether each run was alone between taking the lock and letting go of it.
    var isNeverInterleaved: Bool {
        storage.withLock { entries in
            var current: Int?
            for entry in entries {
                switch entry.what {
                case "open" where current == nil: current = entry.run
                case "close" where current == entry.run: current = nil
                case "apply" where current == entry.run: break
                default: return false
                }
            }
            return current == nil
        }
    }
}
