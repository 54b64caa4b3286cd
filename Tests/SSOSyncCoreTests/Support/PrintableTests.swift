// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

/// Names that would do something to a terminal.
struct PrintableTests {
    @Test(arguments: [
        ("\u{1B}[2J", #"\u{1B}[2J"#), ("a\nb", #"a\u{A}b"#), ("a\tb", #"a\u{9}b"#), ("a\r", #"a\u{D}"#),
        ("\u{7F}", #"\u{7F}"#),
        ("\u{9B}31m", #"\u{9B}31m"#), ("a\u{202E}b", #"a\u{202E}b"#), ("\u{2066}x\u{2069}", #"\u{2066}x\u{2069}"#),
        ("\u{200E}\u{200F}", #"\u{200E}\u{200F}"#), ("a\u{200B}b", #"a\u{200B}b"#),
        ("a\u{2028}b\u{2029}", #"a\u{2028}b\u{2029}"#),
        ("\u{FEFF}", #"\u{FEFF}"#), ("a\u{AD}b", #"a\u{AD}b"#), ("\u{E0041}", #"\u{E0041}"#), ("\u{61C}", #"\u{61C}"#),
        (#"a\u{202E}"#, #"a\\u{202E}"#), ("Müller, 李 $; \"x\" 'y'", "Müller, 李 $; \"x\" 'y'"), ("😀", "😀"),
    ])
    func `what cannot be seen is written out`(name: String, shown: String) {
        #expect(Printable.escaped(name) == shown)
    }

    @Test func `sentences keep their backslashes, and statements their lines`() {
        #expect(Printable.escapedProse("a\\b\u{1B}\n") == #"a\b\u{1B}\u{A}"#)
        #expect(Printable.escapedProse("a\n\tb\u{1B}", keepsLines: true) == "a\n\tb\\u{1B}")
    }
}
