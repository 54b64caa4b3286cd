// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Calls to S3, signed for real")
struct S3ClientTests {
    private func location(_ bucket: String, _ key: String = "snapshot.json") throws -> S3Location {
        try #require(S3Location(bucket: bucket, key: key))
    }

    @Test(arguments: [
        "snapshot.json", "a b/c d", "näme/ü", "100%", "%41", "a+b", "a//b", "x/../y", "./z", "?q=1&r#s", "'\"<>", "😀/☃",
        "e\u{301}",
        "a=b;c:d@e$f,g!h*(i)~",
    ])
    func `an object of any key is written and read, with the key as it is`(key: String) async throws {
        let world = try await AWSStandIn.world()
        let (client, place) = (S3Client(try world.client(.s3)), try location(try await world.makeBucket(), key))
        let bytes = Array("what \(key) holds".utf8)
        let receipt = try #require(try await client.put(bytes, at: place))
        let object = try #require(try await client.object(at: place))
        #expect(object.bytes == bytes)
        #expect(object.etag == receipt.etag)
        #expect(object.versionId == nil)
        let calls = try await world.calls()
        #expect(calls.allSatisfy { $0.verified }, "\(calls)")
        #expect(calls.suffix(2).map(\.operation) == ["PutObject", "GetObject"])
    }

    @Test func `keys that differ in bytes alone are different objects`() async throws {
        let world = try await AWSStandIn.world()
        let (client, bucket) = (S3Client(try world.client(.s3)), try await world.makeBucket())
        _ = try await client.put([1], at: try location(bucket, "e\u{301}"))
        #expect(try await client.object(at: try location(bucket, "\u{E9}")) == nil)
    }

    @Test func `each version is read by its id`() async throws {
        let world = try await AWSStandIn.world()
        let client = S3Client(try world.client(.s3))
        let place = try location(try await world.makeBucket(hasVersions: true))
        let first = try #require(try await client.put([1], at: place)?.versionId)
        let second = try #require(try await client.put([2], at: place)?.versionId)
        #expect(first != second)
        #expect(try await client.object(at: place, versionId: first)?.bytes == [1])
        #expect(try await client.object(at: place, versionId: second)?.bytes == [2])
        #expect(try await client.object(at: place)?.versionId == second)
    }

    @Test func `an object is written if there is none, or if it is the one that was read`() async throws {
        let world = try await AWSStandIn.world()
        let (client, place) = (S3Client(try world.client(.s3)), try location(try await world.makeBucket()))
        #expect(try await client.put([0], at: place, if: .isUnchanged(etag: "\"0\"")) == nil)
        let first = try #require(try await client.put([1], at: place, if: .isAbsent))
        #expect(try await client.put([2], at: place, if: .isAbsent) == nil)
        let second = try #require(try await client.put([2], at: place, if: .isUnchanged(etag: first.etag)))
        #expect(try await client.put([3], at: place, if: .isUnchanged(etag: first.etag)) == nil)
        #expect(try await client.object(at: place)?.etag == second.etag)
        #expect(try await client.object(at: place)?.bytes == [2])
    }

    @Test func `what is not there is told apart: a key, a bucket, a version`() async throws {
        let world = try await AWSStandIn.world()
        let client = S3Client(try world.client(.s3))
        let (bucket, none) = (try await world.makeBucket(), "no-\(world.store.dropFirst(2))")
        #expect(try await client.object(at: try location(bucket)) == nil)
        let failures = try await [
            serviceFailure { try await client.object(at: try location(none)) },
            serviceFailure { try await client.put([1], at: try location(none), if: .isAbsent) },
        ]
        for failure in failures {
            #expect(failure.hasPrefix("there is no bucket \(none): make it, or give another"), "\(failure)")
        }
        _ = try await client.put([1], at: try location(bucket))
        let version = try await serviceFailure {
            try await client.object(at: try location(bucket), versionId: "0aB1cD2eF3")
        }
        #expect(version.contains("0aB1cD2eF3"), "\(version)")
    }

    @Test func `a denial names the action and the resources to allow`() async throws {
        var world = try await AWSStandIn.world()
        let (client, place) = (S3Client(try world.client(.s3)), try location("a-bucket", "a/b"))
        try await world.setFaults([.error("AccessDenied", status: 403, times: 0)])
        let read = try await serviceFailure { try await client.object(at: place) }
        #expect(
            read.hasPrefix(
                "s3:GetObject is denied: allow it on arn:aws:s3:::a-bucket/a/b and s3:ListBucket on arn:aws:s3:::a-bucket to"
            )
        )
        let version = try await serviceFailure { try await client.object(at: place, versionId: "v") }
        #expect(version.hasPrefix("s3:GetObjectVersion is denied"))
        let write = try await serviceFailure { try await client.put([1], at: place) }
        #expect(write.hasPrefix("s3:PutObject is denied: allow it on arn:aws:s3:::a-bucket/a/b to"))
    }

    @Test(arguments: [
        HTTPResponse(
            status: 301,
            headers: HTTPHeaders([.init("x-amz-bucket-region", "eu-central-1")]),
            body: Array("<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>".utf8)
        ),
        HTTPResponse(
            status: 400,
            body: Array(
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-central-1</Region></Error>"
                    .utf8
            )
        ),
    ])
    func `a bucket of another Region is told with its Region`(answer: HTTPResponse) async throws {
        let failure = try await serviceFailure {
            try await S3Client(try scripted([answer]).client).object(at: try location("a-bucket"))
        }
        #expect(
            failure.hasPrefix("bucket a-bucket is in eu-central-1, and was asked for in eu-west-1: give its Region")
        )
    }

    @Test func `an answer that is longer than asked for is refused`() async throws {
        let world = try await AWSStandIn.world()
        let (client, place) = (S3Client(try world.client(.s3)), try location(try await world.makeBucket()))
        _ = try await client.put([UInt8](repeating: 7, count: 100), at: place)
        #expect(try await client.object(at: place, limit: 100)?.bytes.count == 100)
        _ = try await serviceFailure { try await client.object(at: place, limit: 99) }
    }

    // MARK: Addresses

    private final class Recorder: HTTPTransport {
        let requests = Locked<[HTTPRequest]>([])
        let answers: [HTTPResponse]

        init(_ answers: [HTTPResponse]) { self.answers = answers }

        func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) -> HTTPResponse {
            let number = requests.withLock { requests in
                requests.append(request)
                return requests.count
            }
            return answers[min(number, answers.count) - 1]
        }
    }

    private func scripted(
        _ answers: [HTTPResponse],
        region: String = "eu-west-1",
        environment: [String: String] = [:]
    ) throws -> (client: AWSClient, recorder: Recorder) {
        let recorder = Recorder(answers)
        let client = try AWSClient(
            .s3,
            region: region,
            credentials: StaticCredentialsProvider(Credentials(accessKeyId: "AKID", secretAccessKey: "secret")),
            transport: recorder,
            endpoints: EndpointResolver(environment: environment)
        )
        return (client, recorder)
    }

    @Test(arguments: [
        ("a-bucket", "eu-west-1", [:], "https://a-bucket.s3.eu-west-1.amazonaws.com/a%20b/c"),
        ("a.bucket", "eu-west-1", [:], "https://s3.eu-west-1.amazonaws.com/a.bucket/a%20b/c"),
        ("a-bucket", "cn-north-1", [:], "https://a-bucket.s3.cn-north-1.amazonaws.com.cn/a%20b/c"),
        (
            "a-bucket", "us-east-1", ["AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_USE_FIPS_ENDPOINT": "true"],
            "https://a-bucket.s3-fips.dualstack.us-east-1.amazonaws.com/a%20b/c"
        ),
        (
            "a-bucket", "eu-west-1", ["AWS_ENDPOINT_URL_S3": "https://s3.example.com/base"],
            "https://s3.example.com/base/a-bucket/a%20b/c"
        ),
    ])
    func `a bucket is called by its host name where that is possible`(
        bucket: String,
        region: String,
        environment: [String: String],
        address: String
    ) async throws {
        let answer = HTTPResponse(status: 200, headers: HTTPHeaders([.init("ETag", "\"e\"")]))
        let (client, recorder) = try scripted([answer], region: region, environment: environment)
        _ = try await S3Client(client).object(at: try location(bucket, "a b/c"))
        let requests = recorder.requests.withLock { $0 }
        let request = try #require(requests.first)
        #expect(request.url == address)
        #expect(request.headers["x-amz-content-sha256"] == SigV4Request.emptyBodyHash)
    }
}
