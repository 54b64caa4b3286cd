// SPDX-License-Identifier: Apache-2.0

/// A place that holds the latest snapshot.
///
/// ## Implementation guidance
/// Of several who write at once, each having read the same, one succeeds. Nobody reads half of what is written.
public protocol SnapshotStore: Sendable {
    /// The place, for errors.
    var name: String { get }

    /// What is there; nil for nothing.
    func read() async throws -> StoredSnapshot?

    /// Writes, if what is there is still what was read before.
    ///
    /// - Parameters:
    ///   - bytes: What is to be there.
    ///   - previous: What was read; nil for nothing.
    /// - Returns: Whether the bytes are there now.
    func write(_ bytes: [UInt8], replacing previous: StoredSnapshot?) async throws -> Bool
}

/// What a place holds.
public struct StoredSnapshot: Hashable, Sendable {
    /// The document.
    public let bytes: [UInt8]
    /// What tells it from what was there before, in the place's own words.
    public let version: String

    /// Something that was read.
    public init(bytes: [UInt8], version: String = "") {
        self.bytes = bytes
        self.version = version
    }
}

extension SnapshotStore {
    /// The most bytes that a snapshot may have: half a million people.
    static var limit: Int { 128 << 20 }
}
