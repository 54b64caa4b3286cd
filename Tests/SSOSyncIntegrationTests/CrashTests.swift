// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("A run that is cut off anywhere")
struct CrashTests {
    @Test(arguments: World.versions, ["cut-after-answers", "cut-before-answer"])
    func `cut at every answer, nobody is in who was reported out, and the next run ends as an uncut one`(
        version: Int,
        cut: String
    ) async throws {
        try await World.with(version) { world in
            let crash = try await CrashWorld(world)
            let goal = try await crash.goal()
            try await FaultProxy.with(world.server.port) { proxy in
                let progress = try await cutEverywhere(cut, crash, proxy, goal: goal)
                // The cuts fell between and into all phases, not merely into connecting.
                #expect(Set(progress).count >= 5, "\(progress)")
                #expect(progress.count >= 12, "\(progress)")
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
