// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

/// Other requests in every run; the seed of those that differ is in the failure.
@Suite("The same signatures as botocore's, for fresh random requests")
struct BotocoreTests {
    private struct Case: Encodable {
        let service: String
        let region: String
        let accessKeyId: String
        let secretAccessKey: String
        let sessionToken: String?
        let time: String
        let method: String
        let host: String
        let path: String
        let query: [[String]]
        let headers: [[String]]
        let body: String
        let expires: Int?
    }

    private struct Answer: Decodable {
        let path: String
        let signature: String
    }

    private static let script = Result {
        try String(
            contentsOfFile: #filePath.replacing("BotocoreTests.swift", with: "botocore_signer.py"),
            encoding: .utf8
        )
    }

    @Test(arguments: ["execute-api", "s3"], [false, true])
    func `signatures agree`(service: String, isPresigned: Bool) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(seed: seed)
        let cases = (0..<200).map { _ in Self.makeCase(service, isPresigned: isPresigned, &generator) }
        let answers = try await Botocore.run(Self.script.get(), cases, returning: [Answer].self)
        #expect(answers.count == cases.count)
        for (example, answer) in zip(cases, answers) {
            #expect(try Self.signature(example, path: answer.path) == answer.signature, "seed \(seed): \(example)")
        }
    }

    private static func signature(_ example: Case, path: String) throws -> String {
        let signer = SigV4Signer(
            credentials: Credentials(
                accessKeyId: example.accessKeyId,
                secretAccessKey: example.secretAccessKey,
                sessionToken: example.sessionToken
            ),
            region: example.region,
            service: example.service,
            date: try date(example.time),
            options: example.service == "s3" ? .s3 : .init()
        )
        let isUnsigned = example.service == "s3" && example.expires != nil
        let request = SigV4Request(
            method: example.method,
            path: path,
            query: example.query.map { .init($0[0], $0[1]) },
            headers: [.init("Host", example.host)] + example.headers.map { .init($0[0], $0[1]) },
            // S3 does not want the body's hash in an address that is made before the body.
            bodyHash: isUnsigned ? "UNSIGNED-PAYLOAD" : SHA256.digest(example.body.utf8).hexadecimal
        )
        guard let expires = example.expires else { return signer.sign(request).signature }
        return signer.presign(request, validFor: expires).signature
    }

    // MARK: Random requests

    private static func makeCase(_ service: String, isPresigned: Bool, _ generator: inout SplitMix64) -> Case {
        let regions = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"]
        let hasBody = !isPresigned && Bool.random(using: &generator)
        // botocore reads an address anew when it presigns, and keeps one parameter of each name then.
        let names = (0..<Int.random(in: 0...5, using: &generator)).map { "\($0)\(generator.text(3))" }
        return Case(
            service: service,
            region: regions.randomElement(using: &generator) ?? "",
            accessKeyId: "AKID\(UInt32.random(in: 0...UInt32.max, using: &generator))",
            secretAccessKey: generator.text(40),
            sessionToken: Bool.random(using: &generator) ? token(&generator) : nil,
            time: time(&generator),
            method: isPresigned ? "GET" : ["GET", "PUT", "POST", "DELETE"].randomElement(using: &generator) ?? "",
            host: ["a.example.com", "a.example.com:8443"].randomElement(using: &generator) ?? "",
            path: path(service, &generator),
            query: names.map { [$0, generator.text(Int.random(in: 0...6, using: &generator))] },
            headers: headers(&generator),
            body: hasBody ? generator.text(Int.random(in: 1...200, using: &generator)) : "",
            expires: isPresigned ? Int.random(in: 1...604_800, using: &generator) : nil
        )
    }

    private static func token(_ generator: inout SplitMix64) -> String {
        let alphabet = Array("abcXYZ0189+/=")
        return String((0..<200).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
    }

    /// Any second from 2000 to 2100.
    private static func time(_ generator: inout SplitMix64) -> String {
        let moment = Date(timeIntervalSince1970: Double(Int.random(in: 946_684_800...4_102_444_799, using: &generator)))
        return moment.formatted(.iso8601)
    }

    private static func path(_ service: String, _ generator: inout SplitMix64) -> String {
        let segments = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: "."
            case 1: ".."
            case 2: ""
            // What has a slash in it would be two segments.
            default: generator.text(5).replacing("/", with: "-")
            }
        }
        return "/" + segments.joined(separator: "/")
    }

    private static func headers(_ generator: inout SplitMix64) -> [[String]] {
        let alphabet = Array("abcXYZ019-._~!#$%&'()*+,/:;<=>?@[]^`{|}  ")
        return (0..<Int.random(in: 0...3, using: &generator)).map { number in
            let value = (0..<10).map { _ in alphabet.randomElement(using: &generator) ?? "a" }
            return ["X-Amz-Meta-\(number)", "v\(String(value))v"]
        }
    }
}
