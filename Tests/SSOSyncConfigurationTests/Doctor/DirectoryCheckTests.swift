// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import Testing

@testable import SSOSyncConfiguration

@Suite("The directory, as the doctor sees it")
struct DirectoryCheckTests {
    private let directory = World.directory(people: [], analysts: [], administrators: [])

    @Test(arguments: [(Int64(0), HealthCheck.Status.good), (2_700, .good), (2_701, .warning), (3_600, .warning)])
    func `a snapshot in the last quarter of its time is a warning`(age: Int64, status: HealthCheck.Status) {
        let now = World.now.advanced(bySeconds: age)
        let checks = DirectoryCheck(directory, [], maximumAge: 3_600, now: now).checks
        let check = checks.first { $0.name == "age" }
        #expect(check?.status == status)
        #expect(check?.remedy.isEmpty == (status == .good))
        #expect(check?.found == "the snapshot is \(age / 60) min old, and good for 60 min")
    }

    @Test func `what was read is counted, in words for one as well`() {
        let ann = Person(id: "u-1", accountName: "ann")
        let all = World.directory(people: [ann], analysts: [], administrators: [])
        #expect(DirectoryCheck(all, []).checks.first?.found == "\(all.id) was read whole: 1 person in 2 groups")
    }

    @Test func `what is no snapshot has no age`() {
        #expect(!DirectoryCheck(directory, []).checks.contains { $0.name == "age" })
    }

    private static let readings: [(Int, Int, Double, HealthCheck.Status, [String])] = [
        (30, 0, 5, .good, []), (1_500, 0, 5, .good, []),
        (1_501, 0, 5, .warning, []), (601, 0, 2, .warning, ["directory.identityCenter.requestsPerSecond: 3"]),
        (1_500, 0, 2, .warning, ["directory.identityCenter.requestsPerSecond: 5"]),
        (30, 1, 5, .warning, ["directory.identityCenter.requestsPerSecond: 2"]), (30, 1, 1, .warning, []),
    ]

    @Test(arguments: readings)
    func `a reading that takes minutes, or is throttled, is a warning`(
        requests: Int,
        throttled: Int,
        rate: Double,
        status: HealthCheck.Status,
        remedy: [String]
    ) {
        let cost = IdentityCenterSource.Cost(requests: requests, throttled: throttled, requestsPerSecond: rate)
        let check = QuotaCheck(cost).check
        #expect(check.status == status, "\(check)")
        #expect(check.remedy == remedy)
    }
}
