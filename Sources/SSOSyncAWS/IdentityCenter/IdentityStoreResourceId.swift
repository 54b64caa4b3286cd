// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The ids of users and groups, of which AWS has three spellings: a UUID, a UUID with the store's number before it
/// (`1234567890-…`, in older stores), and an ARN that ends with either.
///
/// API, events and logs do not agree on which, so that one person must not be taken for two.
public enum IdentityStoreResourceId {
    /// The bare UUID in small letters; what is no id at all stays as it is.
    public static func canonical(_ text: String) -> String { uuid(text) ?? text }

    /// Whether two ids name the same.
    static func areSame(_ left: String, _ right: String) -> Bool { canonical(left) == canonical(right) }

    /// Whether the store could have something of this id.
    public static func isId(_ text: String) -> Bool { uuid(text) != nil }

    /// As older stores spell it; nil if the store has no number of ten digits.
    static func prefixed(_ canonical: String, store: String) -> String? {
        guard store.hasPrefix("d-"), store.utf8.count == 12 else { return nil }
        return "\(store.dropFirst(2))-\(canonical)"
    }

    /// The spellings in which a store may know an id, the given one first.
    static func spellings(of text: String, store: String) -> [String] {
        let bare = canonical(text)
        var spellings: [String] = []
        for spelling in [withoutARN(text), prefixed(bare, store: store) ?? bare, bare]
        where !spellings.contains(spelling) {
            spellings.append(spelling)
        }
        return spellings
    }

    /// Without the ARN around it, in the spelling that the text has.
    static func withoutARN(_ text: String) -> String {
        guard text.hasPrefix("arn:"), let slash = text.lastIndex(of: "/") else { return text }
        return String(text[text.index(after: slash)...])
    }

    private static func uuid(_ text: String) -> String? {
        let id = withoutARN(text)
        let bytes = Array(id.utf8)
        let bare = bytes.count == 47 && isHexadecimal(bytes[..<10]) && bytes[10] == hyphen ? bytes[11...] : bytes[...]
        let parts = bare.split(separator: hyphen, omittingEmptySubsequences: false)
        guard parts.map(\.count) == [8, 4, 4, 4, 12], parts.allSatisfy(isHexadecimal) else { return nil }
        return String(decoding: bare, as: UTF8.self).lowercased()
    }

    private static let hyphen = UInt8(ascii: "-")

    private static func isHexadecimal(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.allSatisfy(\.isHexadecimalDigit) }
}
