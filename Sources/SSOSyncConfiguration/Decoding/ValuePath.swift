// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Where a value stands in its document.
///
/// Written out only when something is the matter with it.
indirect enum ValuePath: Sendable, CustomStringConvertible {
    case root
    case key(String, of: ValuePath)
    case index(Int, of: ValuePath)

    /// `targets[0].groups["DBA team"]`.
    var description: String {
        switch self {
        case .root: return ""
        case .index(let index, let parent): return "\(parent)[\(index)]"
        case .key(let key, let parent):
            let isWord = !key.isEmpty && key.utf8.allSatisfy(Self.isWordByte)
            guard isWord else { return "\(parent)[\(Printable.quoted(key))]" }
            let prefix = parent.description
            return prefix.isEmpty ? key : "\(prefix).\(key)"
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
