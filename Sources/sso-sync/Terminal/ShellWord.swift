// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// Writes words so that a shell reads them as they are.
enum ShellWord {
    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && !word.hasPrefix("-") && word.utf8.allSatisfy(isPlainByte)
        return isPlain
            ? word
            : "'\(Printable.escapedProse(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)))'"
    }

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._-/+@%,=:".utf8.contains(byte)
        }
    }
}
