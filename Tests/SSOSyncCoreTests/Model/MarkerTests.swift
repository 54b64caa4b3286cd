// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("The marker")
struct MarkerTests {
    private let marker = Marker(
        owner: "prod",
        directory: "d-1234567890",
        user: "90677c608a-7afcdc23",
        name: "alice",
        asOf: World.start
    )

    @Test func `its text is canonical and holds no name`() {
        #expect(
            marker.text == """
                {"sso-sync":{"v":1,"owner":"prod","directory":"d-1234567890","state":"active",\
                "asOf":"2026-11-22T07:23:00Z","name":"\(marker.nameHash)","user":"90677c608a-7afcdc23"}}
                """
        )
        #expect(!marker.text.contains("alice"))
    }

    @Test func `what is written is read again`() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<2_000 {
            let marker = marker(&random)
            let text = marker.text
            #expect(MarkerReading(text) == .marker(marker))
            guard case .marker(let read) = MarkerReading(text) else { continue }
            #expect(Array(read.text.utf8) == Array(text.utf8))
        }
    }

    /// A marker as we write it is read by hand, any other by a decoder: both have to say the same.
    @Test func `another layout of the same JSON is the same marker`() throws {
        var random = SplitMix64(seed: 2)
        for _ in 0..<2_000 {
            let marker = marker(&random)
            let object = try JSONSerialization.jsonObject(with: Data(marker.text.utf8))
            let data = try JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted])
            #expect(MarkerReading(String(decoding: data, as: UTF8.self)) == .marker(marker))
        }
    }

    /// MySQL keeps JSON in an order of its own.
    @Test func `a marker that a server has put into its own order is the same marker`() throws {
        var random = SplitMix64(seed: 4)
        var read = 0
        for _ in 0..<2_000 {
            let marker = marker(&random)
            let normalized = try normalized(marker)
            #expect(MarkerReading(normalized: normalized) == .marker(marker))
            if MarkerGlance(normalized: normalized.utf8Span.span) != nil { read += 1 }
        }
        #expect(read > 200, "nearly all were left to the decoder")
        #expect(MarkerReading(normalized: nil) == .none)
        #expect(MarkerReading(normalized: "{\"v\": 2}") == .newer(version: 2))
        for text in ["{}", "1", "\"active\"", "null", "[]"] { #expect(MarkerReading(normalized: text) == .damaged) }
    }

    /// Keys by their length, then by their bytes, with spaces after commas and colons.
    private func normalized(_ marker: Marker) throws -> String {
        let object = try JSONSerialization.jsonObject(with: Data(marker.text.utf8)) as? [String: [String: Any]]
        let fields = try #require(object?["sso-sync"]).sorted {
            ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key)
        }
        let parts = try fields.map { key, value in
            let text = try JSONSerialization.data(
                withJSONObject: value,
                options: [.fragmentsAllowed, .withoutEscapingSlashes]
            )
            return "\"\(key)\": \(String(decoding: text, as: UTF8.self))"
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    /// The server counts these by their bytes and sends the others.
    @Test func `the markers between two texts are those that the brake only counts`() throws {
        var random = SplitMix64(seed: 3)
        var found = (settled: 0, others: 0)
        for _ in 0..<5_000 {
            let windowStart = moment(&random, near: 2_000_000_000_500)
            let settled = try #require(SettledMarkers(owner: "prod", directory: "d-1", windowStart: windowStart))
            var marker = Marker(
                owner: random.pick(["prod", "prod2"]),
                directory: random.pick(["d-1", "d-1", "d-10"]),
                user: random.pick(["90677c608a-7afcdc23", "u"]),
                name: random.pick(World.names),
                state: random.pick([.active, .active, .locked]),
                asOf: moment(&random)
            )
            if random.chance(80) { marker.joined = moment(&random, near: 2_000_000_000_000) }
            if random.chance(20) { marker.reduced = moment(&random) }
            let isCounted = settled.contains(marker.text.utf8Span.span)
            let bytes = Array(marker.text.utf8)
            #expect(
                isCounted
                    == (!bytes.lexicographicallyPrecedes(Array(settled.lower.utf8))
                        && bytes.lexicographicallyPrecedes(Array(settled.upper.utf8)))
            )
            let isSettled =
                marker.owner == "prod" && marker.directory == "d-1" && marker.state == .active
                && marker.reduced == nil && (marker.joined.map { $0 <= windowStart } ?? false)
            if isCounted { #expect(isSettled) }
            // In the second in which the window began some may be sent although they need not be.
            let second = windowStart.advanced(bySeconds: -1)
            if isSettled, let joined = marker.joined, joined < second { #expect(isCounted) }
            if isCounted { found.settled += 1 } else { found.others += 1 }
        }
        #expect(found.settled > 300 && found.others > 300)
    }

    @Test func `a deployment whose name is escaped has no markers that begin alike`() {
        #expect(SettledMarkers(owner: "a \"b\"", directory: "d-1", windowStart: World.start) == nil)
        #expect(SettledMarkers(owner: "prod", directory: "\u{e9}", windowStart: World.start) == nil)
    }

    private func marker(_ random: inout SplitMix64) -> Marker {
        var marker = Marker(
            owner: random.pick(["prod", "a \"b\"", "\u{e9}", "e\u{301}", ""]),
            directory: random.pick(["d-1", "\\", "/", "a/b"]),
            user: random.pick(World.users),
            name: random.pick(World.names),
            state: random.pick([.active, .locked]),
            asOf: moment(&random)
        )
        if random.chance(50) { marker.joined = moment(&random) }
        if random.chance(50) { marker.reduced = moment(&random) }
        marker.isReleased = random.chance(50)
        marker.isToBeDisconnected = random.chance(20)
        return marker
    }

    private func moment(_ random: inout SplitMix64, near milliseconds: Int64) -> Timestamp {
        Timestamp(millisecondsSince1970: milliseconds + Int64.random(in: -3_000...3_000, using: &random))
    }

    private func moment(_ random: inout SplitMix64) -> Timestamp {
        Timestamp(secondsSince1970: Int64.random(in: 0...4_000_000_000, using: &random))
    }

    @Test(arguments: [
        nil, "", "the reporting user", "{}", "{\"owner\":\"somebody\"}", "null", "[1, 2]", "{\"other-tool\":{\"v\":1}}",
        "sso-sync", "managed by sso-sync",
    ])
    func `a text that is no marker is none`(text: String?) {
        #expect(MarkerReading(text) == .none)
    }

    @Test(arguments: [
        "{\"sso-sync\":", "{\"sso-sync\":1}", "{\"sso-sync\":{}}", "{\"sso-sync\":{\"v\":\"1\"}}",
        "{\"sso-sync\":{\"v\":1}}", "{\"sso-sync\":{\"v\":0,\"state\":\"active\"}}",
        "{\"sso-sync\":{\"v\":1,\"owner\":\"prod\"}} trailing", "\"sso-sync\"",
    ])
    func `a text that calls itself a marker and cannot be read is damaged`(text: String) {
        #expect(MarkerReading(text) == .damaged)
    }

    @Test func `a marker that was cut off anywhere is never read as one`() {
        let text = marker.text
        for count in 0..<text.utf8.count {
            let reading = MarkerReading(String(decoding: text.utf8.prefix(count), as: UTF8.self))
            #expect(reading == .none || reading == .damaged)
        }
    }

    @Test func `a marker of a later version is recognised, whatever else is in it`() {
        #expect(MarkerReading("{\"sso-sync\":{\"v\":2,\"people\":[]}}") == .newer(version: 2))
    }

    @Test func `fields that are not known are passed over`() {
        let text = marker.text.replacing("\"v\":1", with: "\"v\":1,\"later\":{\"a\":1}")
        #expect(MarkerReading(text) == .marker(marker))
    }

    @Test func `a state that is not known is damage, not access`() {
        #expect(MarkerReading(marker.text.replacing("active", with: "superuser")) == .damaged)
    }

    @Test func `it records one name of one person, byte for byte`() {
        let name = AccountName("ren\u{e9}")
        let marker = Marker(owner: "prod", directory: "d-1", user: "1", name: name, asOf: World.start)
        #expect(marker.records(name))
        #expect(!marker.records("rene\u{301}"))
        #expect(!marker.records("Ren\u{e9}"))
        #expect(Marker.nameHash(name, user: "2") != marker.nameHash)
        // No name and id can be cut in two ways that look alike.
        #expect(Marker.nameHash("b", user: "1a") != Marker.nameHash("ab", user: "1"))
        #expect(marker.nameHash.utf8.count == 16)
    }
}
