// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("A run that is cut off anywhere")
struct CrashTests {
    @Test(arguments: World.postgresVersions, ["cut-after-answers", "cut-before-answer"])
    func `cut at every answer, nobody is in who was reported out, and the next run ends as an uncut one`(
        version: Int,
        cut: String
    ) async throws {
        try await World.with(postgres: version) { world in
            let crash = try await CrashWorld(world)
            let goal = try await crash.goal()
            try await FaultProxy.with(world.postgres.port) { proxy in
                let progress = try await cutEverywhere(cut, crash, proxy, goal: goal)
                // The cuts fell between and into all phases, not merely into connecting.
                #expect(Set(progress).count >= 5, "\(progress)")
                #expect(progress.count >= 12, "\(progress)")
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `with sessions on a standby too, cut at every answer of the writer, nobody is in who was reported out`(
        version: Int
    ) async throws {
        try await World.with(postgres: version, standby: true) { world in
            let crash = try await CrashWorld(world)
            let goal = try await crash.goal()
            try await FaultProxy.with(world.postgres.port) { proxy in
                let progress = try await cutEverywhere("cut-after-answers", crash, proxy, goal: goal)
                #expect(progress.count >= 12, "\(progress)")
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `with sessions on a standby too, cut at every answer of the standby, nobody is in who was reported out`(
        version: Int
    ) async throws {
        try await World.with(postgres: version, standby: true) { world in
            let crash = try await CrashWorld(world)
            let goal = try await crash.goal()
            try await FaultProxy.with(world.postgres.standbyPort) { proxy in
                var verdicts: [Verdict] = []
                var answers = 1
                var answer = 0
                // A run may get over the loss of a reader, so the first one, uncut, tells how many answers there are.
                while answer <= answers {
                    let sessions = try await crash.prepare()
                    crash.change()
                    let before = try await proxy.turns()
                    if answer > 0 { try await proxy.command("cut-after-answers \(answer)") }
                    let report = try await crash.run(crash.provisioner(through: proxy, isReader: true))
                    if answer == 0 { answers = try await proxy.turns() - before }
                    try await proxy.command("pass")
                    try await crash.check(report, goal: goal, sessions: sessions, "answer \(answer) of the standby")
                    verdicts.append(report.verdict)
                    answer += 1
                }
                #expect(verdicts.first == .inSync)
                #expect(verdicts.contains(.partialFailure), "\(verdicts)")
                #expect(verdicts.count >= 6, "\(verdicts)")
            }
        }
    }

    /// - Returns: How many operations were reported as done before each cut.
    private func cutEverywhere(
        _ cut: String,
        _ crash: CrashWorld,
        _ proxy: FaultProxy,
        goal: [String]
    ) async throws -> [Int] {
        var progress: [Int] = []
        for answer in 1...60 {
            let sessions = try await crash.prepare()
            crash.change()
            try await proxy.command("\(cut) \(answer)")
            let report = try await crash.run(crash.provisioner(through: proxy))
            try await proxy.command("pass")
            try await crash.check(report, goal: goal, sessions: sessions, "\(cut) \(answer)")
            if report.verdict == .inSync { return progress }
            progress.append(report.outcomes.count(where: \.isDone))
        }
        Issue.record("no run got through")
        return progress
    }
}
