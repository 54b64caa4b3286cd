// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import Testing

@Suite("Places in S3")
struct S3LocationTests {
    @Test(arguments: [
        ("s3://a-bucket/key", "a-bucket", "key"), ("s3://a.b.c/x/y z/ü%20", "a.b.c", "x/y z/ü%20"),
        ("s3://abc//", "abc", "/"), ("s3://abc/\u{301}", "abc", "\u{301}"),
    ])
    func `what stands behind the bucket is the key, as it is`(text: String, bucket: String, key: String) throws {
        let location = try #require(S3Location(text))
        #expect(location.bucket == bucket)
        #expect(Array(location.key.utf8) == Array(key.utf8))
        #expect(location.description == text)
    }

    @Test(arguments: [
        "", "s3://", "s3://abc", "s3://abc/", "s3:///key", "S3://abc/key", "https://abc/key", "abc/key", "s3://ab/key",
        "s3://Abc/key", "s3://a_c/key", "s3://-bc/key", "s3://abc-/key", "s3://a..c/key", "s3://a@evil.example/key",
        "s3://\(String(repeating: "a", count: 64))/key", "s3://abc/\(String(repeating: "k", count: 1_025))",
    ])
    func `what cannot be a bucket or a key is none`(text: String) {
        #expect(S3Location(text) == nil)
    }
}
