// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("A person whose account cannot be changed")
struct CrashObstacleTests {
    @Test(arguments: World.engines)
    func `a name that is taken between reading and applying fails its person only`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            for number in 1...20 { world.set(UserId("p\(number)"), in: ["readers", "writers"]) }
            let report = try await run(world) { event in
                guard case .inspected = event else { return }
                try await dba.createRole("p7")
                try await dba.overwriteMarker(of: "p7", with: "not yours")
            }
            #expect(report.failure == nil)
            #expect(report.failedOutcomes.map(\.operation.account) == ["p7"])
            #expect(report.outcomes.count(where: \.isDone) == 19)
            let state = try await dba.state()
            #expect(state["p7"]?.summary == "p7: login false, IAM false, [], unmarked ")
            for number in 1...20 where number != 7 {
                #expect(state[AccountName("p\(number)")]?.roles == ["readers", "writers"])
            }
            let next = try await world.apply()
            #expect(next.outcomes.isEmpty)
            #expect(next.plan?.content.conflicts.map(\.kind) == [.nameTaken])
        }
    }

    @Test(arguments: World.engines)
    func `an account that vanishes between reading and applying fails its person only`(engine: TestEngine) async throws
    {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            for number in 1...10 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            for number in 1...10 { world.set(UserId("p\(number)"), in: number < 6 ? ["readers", "writers"] : []) }
            let once = Locked(true)
            let report = try await run(world) { event in
                guard case .inspected = event, once.withLock({ $0 }) else { return }
                once.withLock { $0 = false }
                for account: AccountName in ["p3", "p8"] { try await dba.drop(account) }
            }
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == ["p3", "p8"], "\(report.failedOutcomes)")
            let state = try await dba.state()
            for number in [1, 2, 4, 5] { #expect(state[AccountName("p\(number)")]?.roles == ["readers", "writers"]) }
            for number in [6, 7, 9, 10] {
                #expect(state[AccountName("p\(number)")]?.canLogIn == false)
                #expect(state[AccountName("p\(number)")]?.roles == [])
            }
            try await world.apply()
            #expect(await world.canLogIn("p3"))
        }
    }

    @Test(arguments: World.engines.filter(\.holdsSingleAccounts))
    func `an account that another transaction holds fails its person only, leaver or not`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            let people = (1...8).map { UserId("p\($0)") }
            for user in people { world.set(user, in: ["readers"]) }
            try await world.apply()
            for user in people.prefix(4) { world.set(user, in: []) }
            for user in people.suffix(4) { world.set(user, name: AccountName("\(user) new"), in: ["readers"]) }
            try await dba.hold(["p2", "p6"])
            let report = try await run(world)
            #expect(report.failure == nil)
            #expect(Set(report.failedOutcomes.map(\.operation.user)) == ["p2", "p6"])
            try await dba.letGo()
            let state = try await dba.state()
            #expect(state.marked.filter(\.canLogIn).map(\.name) == ["p2", "p5 new", "p6", "p7 new", "p8 new"])
            try await world.apply()
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.engines)
    func `a server that takes no writes fails the target at once, not person by person`(engine: TestEngine) async throws
    {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            for number in 1...10 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            for number in 1...5 { world.set(UserId("p\(number)"), in: []) }
            for number in 11...15 { world.set(UserId("p\(number)"), in: ["readers"]) }
            let before = try await dba.state()
            try await dba.setReadOnly(true)
            let report = try await run(world)
            #expect(report.failure?.code == .readOnly)
            #expect(report.verdict == .partialFailure)
            #expect(report.outcomes.isEmpty)
            #expect(try await dba.state() == before)
            try await dba.setReadOnly(false)
            let next = try await world.apply()
            #expect(next.outcomes.count(where: \.isDone) == next.outcomes.count)
            #expect(!next.outcomes.isEmpty)
        }
    }

    private func run(
        _ world: World,
        onEvent: @escaping @Sendable (InterceptedProvisioner.Event) async throws -> Void = { _ in }
    ) async throws -> TargetReport {
        let provisioner = world.provisioner {
            $0.lockTimeout = 300
            $0.outTimeout = .seconds(1)
        }
        let report = await world.engine(provisioner: InterceptedProvisioner(provisioner, onEvent: onEvent)).apply()
        return try #require(report.targets.first)
    }
}
