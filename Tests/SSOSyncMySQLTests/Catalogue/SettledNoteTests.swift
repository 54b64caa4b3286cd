// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncMySQL

/// The server counts by it, and we by markers: both have to come to the same.
@Suite("Accounts that the brake only counts")
struct SettledNoteTests {
    private static let window = Timestamp(millisecondsSince1970: 1_795_000_000_500)

    @Test func `are those whose notes lie between two texts`() throws {
        var random = SplitMix64(seed: 5)
        var found = (settled: 0, others: 0)
        for _ in 0..<5_000 {
            let marker = Self.marker(&random)
            let bounds = try #require(SettledNote.bounds(owner: "prod", directory: "d-1", windowStart: Self.window))
            let isCounted =
                SettledNote(marker, name: "ann")?.text.map { bounds.lower <= $0 && $0 <= bounds.upper } ?? false
            let isOurs = marker.owner == "prod" && marker.directory == "d-1"
            let counts = TargetCounts(markers: [marker], windowStart: Self.window)
            if isCounted { #expect(isOurs && counts == TargetCounts(managedActive: 1), "\(marker)") }
            let changes = [marker.joined, marker.reduced].compactMap(\.self)
            // In the second in which the window began some may be sent although they need not be.
            let isSettled =
                isOurs && marker.state == .active
                && changes.allSatisfy { $0 < Self.window.advanced(bySeconds: -1) }
            if isSettled { #expect(isCounted, "\(marker)") }
            if isCounted { found.settled += 1 } else { found.others += 1 }
        }
        #expect(found.settled > 300 && found.others > 300)
    }

    @Test func `are none whose times are not in order as texts`() {
        var marker = Marker(owner: "prod", directory: "d-1", user: "u", name: "ann", asOf: Self.window)
        marker.joined = Timestamp(secondsSince1970: -1)
        #expect(SettledNote(marker, name: "ann")?.text == nil)
        let before1970 = Timestamp(secondsSince1970: -1)
        #expect(SettledNote.bounds(owner: "prod", directory: "d-1", windowStart: before1970) == nil)
    }

    /// Names of deployments may have spaces in them, or end as others begin.
    @Test func `are of one deployment and one directory`() {
        let owners: [(DeploymentOwner, DirectoryId)] = [
            ("prod", "d-1"), ("prod d-1", ""), ("prod", "d-10"), ("prod2", "d-1"),
        ]
        let notes = owners.map { owner, directory in
            SettledNote(
                Marker(owner: owner, directory: directory, user: "u", name: "ann", asOf: Self.window),
                name: "ann"
            )?.text
        }
        #expect(Set(notes).count == owners.count)
    }

    /// The server is asked for names in lower case then, and whoever may have another is read.
    @Test(
        arguments: ["ann", "ann.o'neill-99@example.com", "Ann", "anN", "änn", "ann\u{212A}", "АНН", "🌻"]
            as [AccountName]
    )
    func `are none whose names may be the same as another but for case`(name: AccountName) {
        let marker = Marker(owner: "prod", directory: "d-1", user: "u", name: name, asOf: Self.window)
        let isPlain = name.rawValue.unicodeScalars.allSatisfy { $0.isASCII && !("A"..."Z").contains($0) }
        #expect((SettledNote(marker, name: name)?.text != nil) == isPlain)
    }

    private static func marker(_ random: inout SplitMix64) -> Marker {
        var marker = Marker(
            owner: chance(70, &random) ? "prod" : "prod2",
            directory: chance(70, &random) ? "d-1" : "d-10",
            user: "90677c608a-7afcdc23",
            name: "ann",
            state: chance(70, &random) ? .active : .locked,
            asOf: moment(&random)
        )
        if chance(80, &random) { marker.joined = moment(&random) }
        if chance(40, &random) { marker.reduced = moment(&random) }
        marker.isReleased = marker.reduced != nil && chance(30, &random)
        return marker
    }

    /// Hours around the window's beginning, or a second, now and then without milliseconds.
    private static func moment(_ random: inout SplitMix64) -> Timestamp {
        let range: Int64 = chance(50, &random) ? 7_200_000 : 1_500
        let time = window.millisecondsSince1970 + Int64.random(in: -range...range, using: &random)
        return Timestamp(millisecondsSince1970: chance(30, &random) ? time / 1_000 * 1_000 : time)
    }

    private static func chance(_ percent: Int, _ random: inout SplitMix64) -> Bool {
        Int.random(in: 1...100, using: &random) <= percent
    }
}
