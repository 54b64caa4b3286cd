// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Names, globs and times")
struct IdentifierTests {
    private let composed = AccountName("ren\u{e9}")
    private let decomposed = AccountName("rene\u{301}")

    @Test func `canonically equivalent names are two names`() {
        #expect(composed.rawValue == decomposed.rawValue)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        let values = Dictionary([(composed, 1), (decomposed, 2)], uniquingKeysWith: { first, _ in first })
        #expect(values[decomposed] == 2)
    }

    @Test func `names are in one order, whatever the order they came in`() {
        var random = SplitMix64(seed: 1)
        let names = (World.names + [composed, decomposed]).sorted()
        for _ in 0..<200 { #expect(names.shuffled(using: &random).sorted() == names) }
        for left in names {
            for right in names { #expect([left < right, left == right, right < left].count { $0 } == 1) }
        }
    }

    @Test(arguments: [
        ("rds_*", "rds_iam", true), ("rds_*", "rds_", true), ("rds_*", "rds", false), ("rds_*", "xrds_a", false),
        ("*", "", true), ("*", "anything", true), ("", "", true), ("", "a", false), ("a", "a", true), ("a", "A", false),
        ("*_bot", "my_bot", true), ("*_bot", "my_bots", false), ("a*b*c", "abc", true), ("a*b*c", "axxbxxc", true),
        ("a*b*c", "acb", false), ("a**c", "ac", true), ("aba*aba", "aba", false), ("aba*aba", "abaaba", true),
        ("*ab*ab*", "ab", false), ("*ab*ab*", "xabab", true), ("mysql.*", "mysqlxsys", false), ("a?", "ab", false),
        ("[a]", "a", false), ("\u{e9}*", "e\u{301}x", false), ("e*", "e\u{301}", true), ("*\u{301}", "e\u{301}", true),
    ])
    func `a star stands for any run, and nothing else is special`(pattern: String, name: String, matches: Bool) {
        #expect(Glob(pattern).matches(name) == matches)
    }

    @Test func `globs agree with a slow and simple definition`() {
        func matches(_ pattern: Substring, _ name: Substring) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == "*" {
                return matches(pattern.dropFirst(), name) || (!name.isEmpty && matches(pattern, name.dropFirst()))
            }
            return name.first == first && matches(pattern.dropFirst(), name.dropFirst())
        }
        var random = SplitMix64(seed: 2)
        for _ in 0..<5_000 {
            let pattern = String((0..<Int.random(in: 0...6, using: &random)).map { _ in random.pick(Array("ab**")) })
            let name = String((0..<Int.random(in: 0...7, using: &random)).map { _ in random.pick(Array("ab")) })
            #expect(Glob(pattern).matches(name) == matches(pattern[...], name[...]), "\(pattern) \(name)")
        }
    }

    @Test func `a time is read as it was written`() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<2_000 {
            let time = Timestamp(secondsSince1970: Int64.random(in: -2_000_000_000...20_000_000_000, using: &random))
            #expect(Timestamp(time.description) == time)
        }
        #expect(Timestamp(secondsSince1970: 1_795_332_180).description == "2026-11-22T07:23:00Z")
    }

    @Test(arguments: ["", "now", "2026-11-22", "2026-13-01T00:00:00Z", "2026-11-22 07:23:00"])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `a secret shows nowhere but where it is asked for`() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump((secret, [secret]), to: &dumped)
        for text in [
            "\(secret)", String(reflecting: secret), dumped, "\([secret])", String(describing: Optional(secret)),
        ] {
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.exposed == "hunter2")
    }

    @Test func `scopes meet in what both cover`() {
        #expect(Scope.everyone.intersection(.people(["a"])) == .people(["a"]))
        #expect(Scope.people(["a", "b"]).intersection(.people(["b", "c"])) == .people(["b"]))
        #expect(Scope.everyone.intersection(.everyone) == .everyone)
    }
}
