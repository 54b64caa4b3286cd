// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What changes in the `ATTRIBUTE` of an account: JSON that the server merges with what is there, in which null takes a key
/// away (<https://dev.mysql.com/doc/refman/8.4/en/alter-user.html#alter-user-comments-attributes>).
///
/// What is the same for many accounts is said for all of them in one statement.
struct AttributePatch: Hashable, Sendable {
    private enum Value: Hashable {
        case text(String)
        case number(Int)
        case flag(Bool)
        case absent
    }

    private var marker: [String: Value] = [:]
    private var notes: [String: Value] = [:]

    var isEmpty: Bool { marker.isEmpty && notes.isEmpty }

    /// The JSON that takes away all that is ours, and leaves what others have noted.
    static let removal = #"{"sso-sync":null,"sso-sync-account":null}"#

    /// - Parameters:
    ///   - old: The marker that the account has; nil if it has none.
    ///   - new: The marker that it is to have; nil to leave it as it is.
    ///   - oldNotes: What was noted with the account.
    ///   - newNotes: What is to be noted.
    ///   - oldName: The account's name when it was marked last; nil if it may have been any.
    ///   - name: Its name.
    init(
        marker old: Marker?,
        to new: Marker?,
        notes oldNotes: AccountNotes,
        to newNotes: AccountNotes,
        name oldName: AccountName?,
        to name: AccountName
    ) {
        if let new {
            let before = old.map(Self.fields) ?? [:]
            for (key, value) in Self.fields(new) where before[key] != value {
                // What was not there need not be taken away.
                if value != .absent || before[key] != nil { marker[key] = value }
            }
            let settled = SettledNote(new, name: name)
            let isKnown =
                if let old, let oldName { SettledNote(old, name: oldName) == settled } else { false }
            // What stands with an account of which that is not known has to go, too.
            if !isKnown { notes["settled"] = settled?.text.map(Value.text) ?? .absent }
        }
        if newNotes.granted != oldNotes.granted { notes["granted"] = .text(newNotes.grantedText) }
        if newNotes.renaming != oldNotes.renaming { notes["renaming"] = newNotes.renaming.map(Value.text) ?? .absent }
        if newNotes.hadEvents != oldNotes.hadEvents { notes["events"] = newNotes.hadEvents ? .flag(true) : .absent }
    }

    /// The part that says what we granted.
    var granted: AttributePatch {
        var part = self
        part.marker = [:]
        part.notes = notes.filter { $0.key == "granted" }
        return part
    }

    /// The part that says all else.
    var besideGranted: AttributePatch {
        var part = self
        part.notes = notes.filter { $0.key != "granted" }
        return part
    }

    /// The JSON of an account that is made with it: there is nothing to take away yet.
    var textOfNew: String {
        var part = self
        part.marker = marker.filter { $0.value != .absent }
        part.notes = notes.filter { $0.value != .absent }
        return part.text
    }

    private static func fields(_ marker: Marker) -> [String: Value] {
        [
            "v": .number(Marker.version),
            "owner": .text(marker.owner.rawValue),
            "directory": .text(marker.directory.rawValue),
            "user": .text(marker.user.rawValue),
            "name": .text(marker.nameHash),
            "state": .text(marker.state.rawValue),
            "asOf": .text("\(marker.asOf)"),
            "joined": marker.joined.map { .text("\($0)") } ?? .absent,
            "reduced": marker.reduced.map { .text("\($0)") } ?? .absent,
            "released": marker.isReleased ? .flag(true) : .absent,
            "disconnect": marker.isToBeDisconnected ? .flag(true) : .absent,
        ]
    }

    /// The JSON.
    var text: String {
        let parts = [("sso-sync", marker), ("sso-sync-account", notes)].filter { !$0.1.isEmpty }
        return "{" + parts.map { "\"\($0.0)\":\(Self.object($0.1))" }.joined(separator: ",") + "}"
    }

    private static func object(_ fields: [String: Value]) -> String {
        let parts = fields.sorted { $0.key < $1.key }.map { key, value in
            switch value {
            case .text(let text): "\"\(key)\":\(quoted(text))"
            case .number(let number): "\"\(key)\":\(number)"
            case .flag(let flag): "\"\(key)\":\(flag)"
            case .absent: "\"\(key)\":null"
            }
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        return isPlain ? "\"\(text)\"" : String(decoding: CanonicalJSON.bytes(text), as: UTF8.self)
    }
}
