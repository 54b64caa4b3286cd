// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncDigest
import Testing

/// Requests signed by botocore, and checked by a second implementation.
///
/// AWS's own suite does not notice some mistakes: a path encoded once only, a plus sign for a space, parameters sorted
/// by name only. These do.
@Suite("Requests signed by botocore")
struct GoldenVectorTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let id: String
        let service: String
        let region: String
        let access_key_id: String
        let secret_access_key: String
        let session_token: String?
        let time: String
        let method: String
        let path: String
        let query: String
        let headers: [[String]]
        let body: String
        let canonical_request: String
        let string_to_sign: String
        let signed_headers: [String]
        let signature: String

        var testDescription: String { id }
    }

    private struct File: Decodable {
        let cases: [Case]
    }

    static let cases = (try? Vectors.decode(File.self, from: "sigv4_goldens.json").cases) ?? []

    @Test func `the cases are all there`() {
        #expect(Self.cases.count >= 40)
    }

    @Test(arguments: cases)
    func `every step is as recorded`(example: Case) throws {
        let signer = SigV4Signer(
            credentials: Credentials(
                accessKeyId: example.access_key_id,
                secretAccessKey: example.secret_access_key,
                sessionToken: example.session_token
            ),
            region: example.region,
            service: example.service,
            date: try date(example.time)
        )
        let request = SigV4Request(
            method: example.method,
            path: example.path,
            query: try parameters(ofQuery: example.query),
            headers: example.headers.map { .init($0[0], $0[1]) },
            bodyHash: SHA256.digest(example.body.utf8).hexadecimal
        )
        let signed = signer.sign(request)
        #expect(signed.canonicalRequest == example.canonical_request)
        #expect(signed.stringToSign == example.string_to_sign)
        #expect(signed.signature == example.signature)

        let authorization = try #require(signed.headersToSet.last)
        #expect(authorization.name == "Authorization")
        #expect(authorization.value.contains("SignedHeaders=\(example.signed_headers.joined(separator: ";")), "))
    }
}
