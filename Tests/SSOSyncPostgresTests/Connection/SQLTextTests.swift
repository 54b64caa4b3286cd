// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL
import Testing

@testable import SSOSyncPostgres

@Suite struct `SQL text` {
    /// Quotes as libpq does for plain names, and counts how often it is asked.
    private func render(_ text: SQLText, count: inout Int) throws -> String {
        var renderer = SQLRenderer(.postgres)
        var bytes: [UInt8] = []
        var calls = 0
        try renderer.append(text, to: &bytes) { value, quotes, buffer in
            calls += 1
            let mark = quotes == .identifier ? "\"" : "'"
            buffer.append(contentsOf: "\(mark)\(value)\(mark)".utf8)
        }
        count = calls
        return String(decoding: bytes, as: UTF8.self)
    }

    private func render(_ text: SQLText) throws -> String {
        var count = 0
        return try render(text, count: &count)
    }

    @Test func `is put together from typed values`() throws {
        let name = "Ann"
        let role: SQLText = "GRANT \(identifier: "dba") TO \(identifier: name)"
        let text: SQLText = "\(role) /* \(literal: "x") \(-42) */"
        #expect(try render(text) == #"GRANT "dba" TO "Ann" /* 'x' -42 */"#)
    }

    @Test func `is joined and appended`() throws {
        var text = ["a", "b"].map { SQLText.identifier($0) }.joined()
        text += "; "
        text += [SQLText.integer(1), .literal("z")].joined(separator: "")
        #expect(try render(text + " END") == #""a", "b"; 1'z' END"#)
        #expect([SQLText]().joined().isEmpty)
        #expect(("" as SQLText).isEmpty)
        #expect(!text.isEmpty)
    }

    @Test func `quotes each name once`() throws {
        var count = 0
        let text = (0..<100).map { _ in "\(identifier: "a") \(identifier: "b")" as SQLText }.joined()
        _ = try render(text, count: &count)
        #expect(count == 2)
    }

    @Test func `takes the whole of a statement with a quote in its source`() throws {
        #expect(try render("SELECT 'é ''x'''") == "SELECT 'é ''x'''")
    }

    @Test(arguments: [
        SQLText.identifier("a\0b"), .literal("\0"), .identifier(""), "SELECT '\0'",
        .identifier(String(repeating: "é", count: 32)),
    ])
    func `refuses what SQL cannot say or the server would cut off`(text: SQLText) {
        #expect(throws: UnsayableText.self) { try render(text) }
    }

    @Test func `keeps a name of exactly 63 bytes`() throws {
        let name = String(repeating: "é", count: 31) + "x"
        #expect(try render(.identifier(name)) == "\"\(name)\"")
    }
}
