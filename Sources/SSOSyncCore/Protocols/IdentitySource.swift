// SPDX-License-Identifier: Apache-2.0

/// A directory that says who should have access.
///
/// ## Implementation guidance
/// A reading is whole or it throws. Read every page; treat a throttled or cut-off page, a repeated page token, a group
/// that is missing and a group whose id is not the pinned one as an error. An answer that is too small takes people's
/// access away. Note the time before the first call, not after the last one.
///
/// A source may remember from one reading to the next which group has a name, but for ``DirectoryRequest/looksUpAnew``: that asks
/// for no people, and whether the groups are there, each with the id that it had in the reading before.
///
/// `SSOSyncTesting` has a conformance suite that proves the contract.
public protocol IdentitySource: Sendable {
    /// Reads groups, their members, and the people.
    ///
    /// - Parameter request: The groups, and whom to cover. For a scope of people the answer has the groups' members
    ///   among these people only; those of them who are not in the answer are gone.
    /// - Returns: All that was asked for.
    /// - Throws: ``SyncError`` with ``SyncError/Code/source``, or an error of the source's own, if anything is missing; with
    ///   ``SyncError/Code/groupMissing`` only if the directory itself has said that a group is not there, or is another one:
    ///   ``DirectoryRequest/found(_:)`` makes one error of all such groups.
    func directory(_ request: DirectoryRequest) async throws -> Directory

    /// The directory's id if it is known before anything is read; nil, the default, if it is not.
    ///
    /// For a few people, accounts are looked for by it while the directory is still being read.
    var directoryId: DirectoryId? { get }

    /// How old a reading may be, in seconds, to let anybody in or grant anything; nil, the default, for however old.
    ///
    /// For a source that hands on what somebody has read before: whoever has left since, and has no account, is told by no marker.
    var longestAdmission: Int64? { get }
}

extension IdentitySource {
    /// It is not known.
    public var directoryId: DirectoryId? { nil }

    /// However old.
    public var longestAdmission: Int64? { nil }
}
