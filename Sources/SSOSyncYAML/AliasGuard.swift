// SPDX-License-Identifier: Apache-2.0

/// Keeps documents from the composer that a few lines of aliases blow up.
///
/// The composer compares keys by hashing them whole, so a mapping whose key is an alias of an alias of an alias takes
/// forever before anybody can say that aliases are not supported. Whatever may be an alias is counted here, in comments
/// and quotes too; with so few of them nothing can grow large.
enum AliasGuard {
    /// Few enough that a chain of aliases cannot grow beyond some ten thousand nodes, and more than comments have.
    static let limit = 24

    /// Whether the text has few enough aliases to be read.
    static func admits(_ text: String) -> Bool {
        var count = 0
        var previous = UInt8(ascii: " ")
        var isAfterStar = false
        for byte in text.utf8 {
            if isAfterStar, isNameByte(byte) || byte == UInt8(ascii: "-") { count += 1 }
            isAfterStar = byte == UInt8(ascii: "*") && canPrecedeAlias(previous)
            previous = byte
        }
        return count <= limit
    }

    /// An alias does not begin inside a word, or where quotes were opened or closed.
    private static func canPrecedeAlias(_ byte: UInt8) -> Bool {
        !isNameByte(byte) && !#"."'*"#.utf8.contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
