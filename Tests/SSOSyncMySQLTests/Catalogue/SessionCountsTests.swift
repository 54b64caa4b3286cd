// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncMySQL

@Suite("Sessions that may be anybody's")
struct SessionCountsTests {
    private let disguises: Set<RoleName> = ["definer"]

    private func listed(_ id: UInt64, _ name: RoleName, isUnsure: Bool = true) -> SessionCounts.Listed {
        SessionCounts.Listed(id: id, name: name, isUnsure: isUnsure, isWorker: false)
    }

    @Test func `whoever a session turns out to be between two looks counts`() {
        var counts = SessionCounts()
        let suspects = counts.add([listed(7, "definer")], suspects: nil, disguises: disguises)
        #expect(suspects.sessions == [7])
        #expect(counts.count(of: "ann", lockedFor: 1, ownsEvent: false) == 0)
        let left = counts.add([listed(7, "ann", isUnsure: false)], suspects: suspects, disguises: disguises)
        #expect(left.sessions.isEmpty)
        #expect(counts.count(of: "ann", lockedFor: 1, ownsEvent: false) == 1)
    }

    @Test func `whoever did nothing once is no suspect any more, nor is who came later`() {
        var counts = SessionCounts()
        let suspects = counts.add([listed(7, "definer"), listed(8, "definer")], suspects: nil, disguises: disguises)
        let second = [listed(7, "definer", isUnsure: false), listed(8, "definer"), listed(9, "definer")]
        #expect(counts.add(second, suspects: suspects, disguises: disguises).sessions == [8])
    }

    @Test(arguments: [
        ("definer", true), ("mysql.infoschema", true), ("rdsadmin", true), ("ann", false), ("mysql", false),
    ])
    func `a session may be anybody's that shows as a definer's or as the server's own`(name: String, may: Bool) {
        #expect(SessionCounts.isDisguise(RoleName(name), among: disguises) == may)
    }
}
