// SPDX-License-Identifier: Apache-2.0

extension S3Client {
    /// A page of keys.
    public struct KeyPage: ServicePage, Hashable {
        /// The keys, ascending by bytes.
        public let keys: [String]
        /// What other keys begin with up to a slash, ascending by bytes; only if that was asked for.
        public let folders: [String]
        /// What to ask for the next page with; nil on the last one.
        public let nextToken: String?
    }

    /// The keys in a bucket that begin like this, a thousand to a page (`ListObjectsV2`).
    ///
    /// Whoever asks needs `s3:ListBucket` on the bucket.
    ///
    /// - Parameters:
    ///   - bucket: The bucket.
    ///   - prefix: What keys begin with.
    ///   - start: Keys up to this one are left out; nil for none.
    ///   - byFolder: Whether keys that have a slash after that are taken together, and only their folders told.
    public func keys(
        in bucket: String,
        beginningWith prefix: String,
        after start: String? = nil,
        byFolder: Bool = false
    ) -> PageSequence<KeyPage> {
        PageSequence("S3 ListObjectsV2") { token in
            guard let place = S3Location(bucket: bucket, key: prefix.isEmpty ? "*" : prefix) else {
                throw AWSError(.invalidArgument, "\(bucket) is no bucket, or the prefix is too long")
            }
            let response = try await list(place, prefix: prefix, after: start, byFolder: byFolder, token)
            guard let root = try? XMLReader.root(response.body), root.name == "ListBucketResult",
                let isTruncated = root.text(at: "IsTruncated")
            else { throw client.badAnswer("ListObjectsV2", response) }
            return KeyPage(
                keys: root.children.filter { $0.name == "Contents" }.compactMap { $0.text(at: "Key") },
                folders: root.children.filter { $0.name == "CommonPrefixes" }.compactMap { $0.text(at: "Prefix") },
                // An empty one is refused by whoever goes through the pages: the list is not to look whole.
                nextToken: isTruncated == "true" ? root.text(at: "NextContinuationToken") ?? "" : nil
            )
        }
    }
}
