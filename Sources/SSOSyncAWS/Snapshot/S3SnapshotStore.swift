// SPDX-License-Identifier: Apache-2.0

/// An object in S3 that holds the latest snapshot, or one version of it.
public struct S3SnapshotStore: SnapshotStore {
    private let client: S3Client
    private let location: S3Location
    private let versionId: String?

    /// A place in S3.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - versionId: The version that is read; nil for the current one.
    ///   - client: Reads and writes there.
    public init(_ location: S3Location, versionId: String? = nil, client: S3Client) {
        self.location = location
        self.versionId = versionId
        self.client = client
    }

    /// The address, and the version if one is given.
    public var name: String { versionId.map { "\(location) (version \($0))" } ?? location.description }

    /// Reads the object.
    public func read() async throws -> StoredSnapshot? {
        let object = try await client.object(at: location, versionId: versionId, limit: Self.limit)
        return object.map { StoredSnapshot(bytes: $0.bytes, version: $0.etag) }
    }

    /// Writes the object.
    public func write(_ bytes: [UInt8], replacing previous: StoredSnapshot?) async throws -> Bool {
        let condition = previous.map { S3Client.Condition.isUnchanged(etag: $0.version) } ?? .isAbsent
        let receipt = try await client.put(bytes, at: location, contentType: "application/json", if: condition)
        guard receipt == nil else { return true }
        // It may have been written by the first attempt, whose answer was lost.
        return try await client.object(at: location, limit: Self.limit)?.bytes == bytes
    }
}
