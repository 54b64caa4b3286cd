// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Somebody in the way of all accounts of MySQL")
struct MySQLObstacleTests {
    @Test
    func `while somebody holds the server's table of accounts nothing is done, and the next run does it all`()
        async throws
    {
        try await World.with(.mysql) { world in
            let dba = try await world.server.openAdministrator()
            let people = (1...8).map { UserId("p\($0)") }
            for user in people { world.set(user, in: ["readers"]) }
            try await world.apply()
            for user in people.prefix(4) { world.set(user, in: []) }
            for user in people.suffix(4) { world.set(user, name: AccountName("\(user) new"), in: ["readers"]) }
            let before = try await dba.state()
            try await dba.hold(["p2"])
            let report = try await world.run {
                $0.lockTimeout = 300
                $0.outTimeout = .milliseconds(300)
            }
            try await dba.letGo()
            #expect(report.verdict == .partialFailure)
            #expect(report.outcomes.filter(\.isDone).isEmpty, "\(report.outcomes.filter(\.isDone))")
            #expect(try await dba.state() == before)
            try await world.apply()
            #expect(try await world.plan().isInSync)
            #expect(
                try await dba.state().marked.filter(\.canLogIn).map(\.name) == ["p5 new", "p6 new", "p7 new", "p8 new"]
            )
        }
    }
}
