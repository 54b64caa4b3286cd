// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("The files that AWS tools share")
struct ProfileFileTests {
    @Test func `profiles, sessions, comments and values that go on`() {
        let file = ProfileFile(
            """
            # a comment
            ignored = before any section
            [default]
            region=eu-west-1 ; a comment
            [profile jane doe] # a comment
            Role_ARN = arn:aws:iam::1:role/a#b;c
            s3 =
              addressing_style = path
            output\t=\tjson\t# a comment
            ; another comment
            [sso-session corp]
            sso_region = eu-central-1
            [services local]
            sts = x
            [plain]
            region = not a profile here
            [profile broken
            region = nor here
            """,
            .config
        )
        #expect(Set(file.profiles.keys) == ["default", "jane doe"])
        #expect(file.profiles["default"] == ["region": "eu-west-1"])
        let jane = ["role_arn": "arn:aws:iam::1:role/a#b;c", "s3": "addressing_style = path", "output": "json"]
        #expect(file.profiles["jane doe"] == jane)
        #expect(file.sessions == ["corp": ["sso_region": "eu-central-1"]])
    }

    @Test func `in the file of credentials every section is a profile`() {
        let file = ProfileFile("[default]\r\na = 1\r\n[ jane ]\r\nb =\r\n[profile joe]\nc = 3", .credentials)
        #expect(file.profiles == ["default": ["a": "1"], "jane": ["b": ""], "profile joe": ["c": "3"]])
    }

    @Test func `a section that comes twice is one, and the last setting counts`() {
        let file = ProfileFile("[profile a]\nx = 1\ny = 1\n[profile b]\n[profile a]\nx = 2", .config)
        #expect(file.profiles == ["a": ["x": "2", "y": "1"], "b": [:]])
    }

    @Test(arguments: ["[default]\nx = 1\n[profile default]\nx = 2", "[profile default]\nx = 2\n[default]\nx = 1"])
    func `the default profile that is called a profile wins`(text: String) {
        #expect(ProfileFile(text, .config).profiles == ["default": ["x": "2"]])
    }

    @Test func `the file of credentials wins, setting by setting`() {
        var file = ProfileFile("[profile a]\nx = 1\ny = 1", .config)
        file.merge(ProfileFile("[a]\nx = 2", .credentials))
        #expect(file.profiles == ["a": ["x": "2", "y": "1"]])
    }

    // MARK: Properties

    private func word(_ generator: inout SplitMix64) -> String {
        let alphabet = Array("abcxyz019-._~!\"$%&'()*+,/:<>?@^`{|}äß€😀=")
        let count = Int.random(in: 1...6, using: &generator)
        return String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
    }

    private func key(_ generator: inout SplitMix64) -> String {
        word(&generator).replacing("=", with: "_").lowercased()
    }

    private func space(_ generator: inout SplitMix64) -> String {
        ["", " ", "\t", "  "].randomElement(using: &generator) ?? ""
    }

    private func junk(_ generator: inout SplitMix64) -> String {
        ["", "\n", "# c = d\n", "; [x]\n", "no separator\n", " \t\n"].randomElement(using: &generator) ?? ""
    }

    @Test func `what is written is what is read, however it is spaced`() {
        var generator = SplitMix64(seed: 31)
        for _ in 0..<500 {
            var expected: [String: ProfileFile.Settings] = [:]
            var text = junk(&generator)
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let name = word(&generator)
                text += "[profile \(space(&generator))\(name)\(space(&generator))]\n" + junk(&generator)
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    let key = key(&generator)
                    // A comment's sign inside of a word is part of it.
                    let value = word(&generator) + (["", "#x", ";x", " y"].randomElement(using: &generator) ?? "")
                    let end = ["\n", "\r\n", " # z\n", "\t; z\n"].randomElement(using: &generator) ?? "\n"
                    text += "\(key)\(space(&generator))=\(space(&generator))\(value)\(end)" + junk(&generator)
                    expected[name, default: [:]][key] = value
                }
                expected[name] = expected[name] ?? [:]
            }
            #expect(ProfileFile(text, .config).profiles == expected, "\(text)")
        }
    }

    @Test func `nothing that stands in a file brings it down`() {
        var generator = SplitMix64(seed: 32)
        let alphabet = Array("ab =[]#;\n\r\t\u{0}\u{301}\\\"profile ")
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...60, using: &generator)
            let text = String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
            _ = ProfileFile(text, .config)
            _ = ProfileFile(text, .credentials)
        }
    }
}
