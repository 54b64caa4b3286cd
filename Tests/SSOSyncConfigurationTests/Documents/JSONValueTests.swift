// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncTestSupport
import Testing

/// What JSON is read into, beside what Foundation reads it into.
struct JSONValueTests {
    private func value(_ text: String) throws -> ConfigurationValue {
        try DocumentReader().document(Array(text.utf8), file: "c.json")
    }

    /// - Returns: Nil if it is refused.
    private func reference(_ text: String) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    private func isSame(_ value: ConfigurationValue, _ reference: Any) -> Bool {
        switch (value.content, reference) {
        case (.null, is NSNull): return true
        case (.string(let text), let other as String): return Array(text.utf8) == Array(other.utf8)
        case (.boolean(let flag), let other as NSNumber): return other === (flag as NSNumber)
        case (.integer(let number), let other as NSNumber): return other == number as NSNumber
        case (.double(let number), let other as NSNumber): return other == number as NSNumber
        case (.array(let elements), let others as [Any]):
            return elements.count == others.count && zip(elements, others).allSatisfy(isSame)
        case (.object(let members), let others as [String: Any]):
            return members.count == others.count
                && members.allSatisfy { member in others[member.key].map { isSame(member.value, $0) } ?? false }
        default: return false
        }
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u0000\uFFFD""#, "\u{e9}\u{0}\u{FFFD}"),
        (#""\ud83d\ude00""#, "\u{1F600}"), (#""\uD800\uDC00\udbff\udfff""#, "\u{10000}\u{10FFFF}"),
        (#""e\u0301""#, "e\u{301}"), ("\"\u{1F600}\u{7F}\"", "\u{1F600}\u{7F}"), (#""""#, ""),
    ])
    func `what stands behind a backslash is the character that is meant`(text: String, meant: String) throws {
        guard case .string(let found) = try value(text).content else {
            Issue.record("no text")
            return
        }
        #expect(Array(found.utf8) == Array(meant.utf8))
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("42", 42), ("-42", -42), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min), ("1e3", 1_000), ("54.0", 54), ("1.5e1", 15),
    ])
    func `a whole number is one, however it is written`(text: String, number: Int) throws {
        guard case .integer(let found) = try value(text).content else {
            Issue.record("no whole number")
            return
        }
        #expect(found == number)
    }

    @Test(arguments: [("0.5", 0.5), ("-1.25E-2", -0.0125), ("9223372036854775808", 9_223_372_036_854_775_808)])
    func `any other number is one too`(text: String, number: Double) throws {
        guard case .double(let found) = try value(text).content else {
            Issue.record("no number")
            return
        }
        #expect(found == number)
    }

    @Test func `of many keys, too, one that stands twice is found`() throws {
        for count in [2, 16, 17, 18, 40, 500] {
            let keys = (0..<count).map { "k\($0)" }
            let members = (keys + [keys[count / 2]]).map { "\"\($0)\": 0" }.joined(separator: ",\n")
            let error = #expect(throws: ConfigurationError.self) { try value("{\(members)}") }
            #expect(error?.problems.map(\.line) == [count + 1])
            _ = try value("{\(keys.map { "\"\($0)\": 0" }.joined(separator: ","))}")
        }
    }

    @Test func `the members of a mapping keep the document's order`() throws {
        guard case .object(let members) = try value(#"{"b": 1, "a": 2, "c": 3}"#).content else {
            Issue.record("no mapping")
            return
        }
        #expect(members.map(\.key) == ["b", "a", "c"])
    }

    @Test func `whatever JSON says is read as others read it`() throws {
        var random = SplitMix64(seed: 5)
        for _ in 0..<2_000 {
            let text = Self.json(depth: 0, &random)
            let expected = try #require(reference(text), "\(text)")
            #expect(isSame(try value(text), expected), "\(text)")
        }
    }

    @Test func `of texts that are nearly JSON, none is taken for JSON that others refuse`() {
        var random = SplitMix64(seed: 6)
        let bytes = Array(#"{}[]",:\u0dD8eE+-.19tfn "#.utf8) + [0, 9, 10, 0x7F, 0xC3, 0xA9]
        for _ in 0..<4_000 {
            var text = Array(Self.json(depth: 1, &random).utf8)
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                let end = min(text.count, place + Int.random(in: 0...2, using: &random))
                text.replaceSubrange(place..<end, with: Bool.random(using: &random) ? [Self.pick(bytes, &random)] : [])
            }
            guard let read = try? DocumentReader().document(text, file: "c.json") else { continue }
            let expected = reference(String(decoding: text, as: UTF8.self))
            #expect(expected.map { isSame(read, $0) } == true, "\(String(decoding: text, as: UTF8.self))")
        }
    }

    private static func pick<Choice>(_ choices: [Choice], _ random: inout SplitMix64) -> Choice {
        choices[Int.random(in: choices.indices, using: &random)]
    }

    private static func json(depth: Int, _ random: inout SplitMix64) -> String {
        let space = pick(["", "", " ", "\n", "\t\r"], &random)
        let text: String
        switch Int.random(in: depth > 3 ? 2...6 : 0...6, using: &random) {
        case 0:
            text = "[" + elements(depth, &random) { json(depth: depth + 1, &$0) } + "]"
        case 1:
            var keys = 0
            text =
                "{"
                + elements(depth, &random) {
                    keys += 1
                    return "\"k\(keys)\" :" + json(depth: depth + 1, &$0)
                } + "}"
        case 2: text = pick(["true", "false", "null"], &random)
        case 3: text = pick(["0", "-1", "12", "1.5", "-0.25", "1e2", "2E-1", "123456789012", "0.0", "-7e+1"], &random)
        default:
            let pieces = [
                "a", "\\n", "\\\\", "\\\"", "\u{e9}", "\\u00e9", "\\ud83d\\ude00", "\\/", "[", ",", "\u{1F600}",
            ]
            text = "\"" + (0..<Int.random(in: 0...4, using: &random)).map { _ in pick(pieces, &random) }.joined() + "\""
        }
        return space + text + space
    }

    private static func elements(
        _ depth: Int,
        _ random: inout SplitMix64,
        _ element: (inout SplitMix64) -> String
    ) -> String {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in element(&random) }.joined(separator: ",")
    }
}
