// SPDX-License-Identifier: Apache-2.0

package import SSOSyncAWS

extension AWSStandIn.World {
    /// A client that signs with the world's keys; failures are tried again without waiting long.
    package func client(_ service: AWSService, region: String? = nil, attempts: Int = 2) throws -> AWSClient {
        try AWSClient(
            service,
            region: region ?? self.region,
            credentials: credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: environment),
            configuration: .init(retryPolicy: RetryPolicy(maximumAttempts: attempts, maximumBackoff: .milliseconds(10)))
        )
    }

    /// A bucket that nobody else has, unless it is given another name.
    package func makeBucket(
        _ name: String? = nil,
        hasVersions: Bool = false,
        hasObjectLock: Bool = false
    ) async throws -> String {
        let bucket = name ?? "bucket-\(store.dropFirst(2))"
        let client = try client(.s3)
        let place =
            "<CreateBucketConfiguration><LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>"
        var call = AWSCall("CreateBucket", method: "PUT", path: "/\(bucket)", body: Array(place.utf8))
        if hasObjectLock { call.headers["x-amz-bucket-object-lock-enabled"] = "true" }
        _ = try await client.send(call)
        guard hasVersions else { return bucket }
        let versions = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        _ = try await client.send(
            AWSCall(
                "PutBucketVersioning",
                method: "PUT",
                path: "/\(bucket)",
                query: [("versioning", "")],
                body: Array(versions.utf8)
            )
        )
        return bucket
    }

    /// What a bucket holds, by key.
    package func objects(in bucket: String) async throws -> [String: String] {
        let call = AWSCall("ListObjectsV2", method: "GET", path: "/\(bucket)", query: [("list-type", "2")])
        let list = String(decoding: try await client(.s3).send(call).body, as: UTF8.self)
        var objects: [String: String] = [:]
        for match in list.matches(of: /<Key>([^<]+)<\/Key>/) {
            guard let place = S3Location(bucket: bucket, key: String(match.1)) else { continue }
            let object = try await S3Client(client(.s3)).object(at: place)
            objects[String(match.1)] = object.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        return objects
    }

    /// A key of KMS's; returns its ARN.
    package func makeKey(_ spec: String = "ECC_NIST_P256", usage: String = "SIGN_VERIFY") async throws -> String {
        struct Input: Encodable {
            let KeySpec: String
            let KeyUsage: String
        }
        struct Output: Decodable {
            struct Metadata: Decodable { let Arn: String }
            let KeyMetadata: Metadata
        }
        let output: Output = try await client(.kms).call("CreateKey", Input(KeySpec: spec, KeyUsage: usage))
        return output.KeyMetadata.Arn
    }

    /// How many messages a queue has: those that wait (`Delayed`), those that somebody has received (`NotVisible`), and, by the
    /// empty name, those that can be received.
    package func messages(in queue: SQSClient) async throws -> [String: Int] {
        struct Input: Encodable {
            let QueueUrl: String
            let AttributeNames = ["All"]

            private enum CodingKeys: CodingKey { case QueueUrl, AttributeNames }
        }
        struct Output: Decodable { let Attributes: [String: String] }
        let output: Output = try await client(.sqs).call("GetQueueAttributes", Input(QueueUrl: queue.queueURL))
        let prefix = "ApproximateNumberOfMessages"
        let counts = output.Attributes.filter { $0.key.hasPrefix(prefix) }.map { name, count in
            (String(name.dropFirst(prefix.count)), Int(count) ?? -1)
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }
}
