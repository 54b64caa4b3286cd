// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// What the engine does on a target once it is connected and has the lock: read, plan, carry out.
struct OpenRun {
    private let deployment: Deployment
    private let people: People
    private let scope: Scope

    init(_ deployment: Deployment, _ people: People, _ scope: Scope) {
        (self.deployment, self.people, self.scope) = (deployment, people, scope)
    }

    func time(operations: Int) async throws -> Double {
        let deadline = ContinuousClock.now.advanced(by: .seconds(600))
        let directory = try await people.directory(DirectoryRequest(groups: [], scope: scope))
        let access = SessionAccess(.writing, runId: "bench", deadline: deadline)
        let session = try await deployment.provisioner.openSession(access)
        var done = 0
        let time = try await seconds { done = try await carryOut(directory, session, until: deadline) }
        await session.close()
        guard done == operations else { throw Trouble("\(done) operations instead of \(operations)") }
        return time
    }

    private func carryOut(
        _ directory: Directory,
        _ session: any ProvisioningSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> Int {
        let now = Timestamp.now
        let plan = Planner().plan(
            directory: directory,
            accounts: try await session.inspect(deployment.inspection(of: directory, now: now)),
            policy: deployment.policy,
            dialect: session.dialect,
            now: now
        )
        for phase in Operation.Phase.allCases {
            let operations = plan.operations.filter { $0.phase == phase }
            guard !operations.isEmpty else { continue }
            try await session.apply(operations, until: deadline) { _ in }
        }
        return plan.operations.count
    }
}
