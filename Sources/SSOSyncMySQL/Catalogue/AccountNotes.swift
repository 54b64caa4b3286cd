// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncDigest

/// What this target notes with an account besides the marker, in the account's `ATTRIBUTE` under `sso-sync-account`.
struct AccountNotes: Hashable, Sendable {
    /// Hashes of the roles that we granted: MySQL does not record who granted what, and a role that somebody else gave is
    /// not ours to take.
    var granted: Set<String> = []
    /// The hash of the name that the account had before a rename that is under way.
    var renaming: String?
    /// Whether it may have had an event that runs when it was locked: the right to define some may be gone since, and events leave no
    /// trace when they are dropped.
    var hadEvents = false

    init() {}

    /// - Parameter granted: The hashes with spaces between them.
    init(granted: String) { self.granted = Set(granted.split(separator: " ").map(String.init)) }

    /// The hashes in one text, ascending.
    var grantedText: String { granted.sorted().joined(separator: " ") }

    /// The first 8 hexadecimal digits of the SHA-256 of a role's name: no names stand in an attribute.
    static func hash(of role: RoleName) -> String { SHA256.digest(role.rawValue.utf8).prefix(4).hexadecimal }
}
