// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("What leavers own", .serialized)
struct ObjectsTests {
    @Test(arguments: World.engines)
    func `a SECURITY DEFINER function of a leaver keeps its owner, is reported, and the account stays locked`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let dba = try await world.server.openAdministrator()
            try await dba.makeObject("backdoor", ownedBy: "ann")
            world.set("ann", in: [])
            try await world.apply()
            world.pass(seconds: 90_000)
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            let finding = try #require(report.findings(.keptForObjects, of: "ann").first)
            #expect(finding.message.contains(engine.kindOfObjects), "\(finding.message)")
            #expect(try await world.mayLogIn("ann") == false)
            #expect(try await dba.owner(ofObject: "backdoor") == "ann")
        }
    }
}
