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

    /// A bucket that nobody else has.
    package func makeBucket(hasVersions: Bool = false) async throws -> String {
        let bucket = "bucket-\(store.dropFirst(2))"
        let client = try client(.s3)
        let place =
            "<CreateBucketConfiguration><LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>"
        _ = try await client.send(AWSCall("CreateBucket", method: "PUT", path: "/\(bucket)", body: Array(place.utf8)))
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
}
