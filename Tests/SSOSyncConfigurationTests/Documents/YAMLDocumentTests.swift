// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncYAML
import Testing

/// YAML that other programs choke on.
struct YAMLDocumentTests {
    private func problem(_ text: String) -> String? {
        do {
            _ = try Sample.documents.document(Array(text.utf8), file: "c.yaml")
            return nil
        } catch {
            return error.description
        }
    }

    /// Nine lists of nine aliases each: four hundred million elements.
    private static func bomb(_ last: String) -> String {
        let lines = (1...9).map { level in
            let element = level == 1 ? "lol" : "*a\(level - 1)"
            return "a\(level): &a\(level) [\(Array(repeating: element, count: 9).joined(separator: ", "))]"
        }
        return (lines + [last]).joined(separator: "\n")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [bomb(""), bomb("? *a9\n: 1"), bomb("{ *a9 : 1, *a8 : 2 }")])
    func `a bomb of aliases is refused at once`(text: String) {
        #expect(
            problem(text)
                == "c.yaml: has more aliases (*name) than any configuration needs; they are not supported here"
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func `a small bomb in a key is refused as well`() {
        let lines = (1...8).map { "a\($0): &a\($0) [\($0 == 1 ? "x, x, x" : "*a\($0 - 1), *a\($0 - 1), *a\($0 - 1)")]" }
        #expect(
            problem((lines + ["? *a8\n: 1"]).joined(separator: "\n"))
                == "c.yaml:1: anchors and aliases (&name, *name) are not supported here"
        )
    }

    @Test func `an alias is refused with its line`() {
        #expect(problem("a: &x 1\nb: *x") == "c.yaml:1: anchors and aliases (&name, *name) are not supported here")
        #expect(problem("a: {}\nb: &x {}") == "c.yaml:2: anchors and aliases (&name, *name) are not supported here")
        #expect(problem("a: *x") == "c.yaml:1: is not YAML: found undefined alias")
    }

    @Test func `stars in quotes and remarks are no aliases`() {
        let lines = (1...40).map { "  - \"*_\($0)\"" } + ["  # one *remark*"]
        #expect(problem("a:\n" + lines.joined(separator: "\n")) == nil)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func `endless nesting is refused and does not overflow the stack`(opening: String) {
        #expect(problem(String(repeating: opening, count: 20_000)) != nil)
        let closing = opening == "[" ? "]" : opening == "{a: " ? "}" : ""
        let nested = String(repeating: opening, count: 100) + "x" + String(repeating: closing, count: 100)
        #expect(problem(nested) != nil)
    }

    @Test func `tags are refused`() {
        #expect(problem("a: !!python/object:os.system x") == "c.yaml:1: tags (!name) are not supported here")
        #expect(problem("a:\n  !x k: 1") == "c.yaml:2: tags (!name) are not supported here")
        #expect(problem("a: !!set {}") == "c.yaml:1: tags (!name) are not supported here")
    }

    @Test func `a key that is no text is refused`() {
        #expect(problem("[a, b]: 1") == "c.yaml:1: expected a text as the key of a mapping")
    }

    @Test func `what a parser says does not show the document`() {
        let problem = problem("login:\n  password: hunter2\n bad: [")
        #expect(problem?.contains("c.yaml:") == true)
        #expect(problem?.contains("hunter2") == false)
    }

    @Test func `a file that is not UTF-8 is refused`() {
        #expect(throws: ConfigurationError.self) { try Sample.documents.document([0x61, 0xFF, 0xFE], file: "c.yaml") }
    }

    @Test func `a byte order mark is no part of the document`() throws {
        #expect(try Sample.problems("\u{FEFF}" + Sample.yaml()) == [])
    }
}
