// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncDigest

/// Since when an account in use has neither joined nor lost anything: noted with its marker, of which it says nothing new.
///
/// The brake only counts those for which that is longer ago than its window. By the marker the server would have to look
/// into an account's JSON several times to tell, and with ten thousand accounts there that is most of the work of a run for
/// one person. Here it looks once, which takes half of the time (measured).
///
/// It is written in the statement that writes the marker. Where it is missing, the account is read.
struct SettledNote: Hashable, Sendable {
    private let owner: DeploymentOwner
    private let directory: DirectoryId
    /// Nil if neither is known: of an account that was adopted.
    private let since: Timestamp?

    /// Nil for an account that is locked, or whose name somebody's may differ from in case alone.
    ///
    /// So whoever is not read, and has some name but for case, has it in lower case: the server finds that one in its index, instead
    /// of folding all names that there are.
    init?(_ marker: Marker, name: AccountName) {
        guard marker.state == .active, Self.isFolded(name) else { return nil }
        (owner, directory) = (marker.owner, marker.directory)
        since = [marker.joined, marker.reduced].compactMap(\.self).max()
    }

    /// What is noted: whose it is, then since when; nil for a time that texts are not in order with.
    var text: String? {
        guard let since else { return Self.beginning(owner, directory) + Self.always }
        return since.plainDescription.map { Self.beginning(owner, directory) + $0 }
    }

    /// Between which texts those lie that were settled when the brake's window began; nil if that is no time to compare.
    ///
    /// Those of that very second do not, and are read.
    static func bounds(
        owner: DeploymentOwner,
        directory: DirectoryId,
        windowStart: Timestamp
    ) -> (lower: String, upper: String)? {
        guard let second = windowStart.plainDescription?.prefix(19) else { return nil }
        let beginning = beginning(owner, directory)
        return (beginning, beginning + second)
    }

    /// ASCII only: what else is the same but for case is told here, and not by servers.
    private static func isFolded(_ name: AccountName) -> Bool {
        name.rawValue.utf8.allSatisfy { $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    /// What notes say; another one has another beginning.
    private static let layout = 2

    /// Stands before every time.
    private static let always = "-"

    /// The first 16 hexadecimal digits of the SHA-256 of both layouts' versions, the owner and the directory.
    private static func beginning(_ owner: DeploymentOwner, _ directory: DirectoryId) -> String {
        let whose = "\(Marker.version) \(layout)\u{0}\(owner.rawValue)\u{0}\(directory.rawValue)"
        return SHA256.digest(whose.utf8).prefix(8).hexadecimal + " "
    }
}
