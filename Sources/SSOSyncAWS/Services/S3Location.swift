// SPDX-License-Identifier: Apache-2.0

/// A place in S3: a bucket and a key in it.
public struct S3Location: Sendable, Hashable, CustomStringConvertible {
    /// The bucket's name.
    public let bucket: String
    /// The key, as it is: not percent-encoded.
    public let key: String

    /// Names a place.
    ///
    /// - Returns: Nil if there can be no such bucket
    ///   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>) or key
    ///   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
    public init?(bucket: String, key: String) {
        guard Self.isBucket(bucket), (1...1_024).contains(key.utf8.count) else { return nil }
        self.bucket = bucket
        self.key = key
    }

    /// Reads `s3://bucket/key`, of which all behind the bucket's slash is the key; nil for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix("s3://") else { return nil }
        // By bytes: a combining mark behind the slash would make another character of it.
        let parts = text.utf8.dropFirst(5).split(
            separator: UInt8(ascii: "/"),
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.count == 2 else { return nil }
        self.init(bucket: String(Substring(parts[0])), key: String(Substring(parts[1])))
    }

    /// As the AWS tools write it.
    public var description: String { "s3://\(bucket)/\(key)" }

    /// The path below the endpoint of all buckets.
    var path: String { "/\(bucket)\(keyPath)" }

    /// The path below the bucket's own host name.
    var keyPath: String { "/\(PercentEncoding.encode(key, keepingSlashes: true))" }

    /// Whether the bucket may be a part of a host name: certificates of S3 are good for one part and no more.
    var fitsIntoHostName: Bool { !bucket.utf8.contains(UInt8(ascii: ".")) }

    private static func isBucket(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
            && !text.contains("..")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
