// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncAWS
import SSOSyncDigest
import Testing

/// One case of AWS's own signing test suite.
///
/// From <https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4>; see `Vectors/sigv4/NOTICE`.
struct OfficialCase {
    /// The two ways to sign; the raw value begins the names of their files.
    enum Mode: String, CaseIterable, Sendable {
        case header
        case query
    }

    /// What a mode has to yield.
    struct Expectation {
        let canonicalRequest: String
        let stringToSign: String
        let signature: String
    }

    private struct Context: Decodable {
        struct Key: Decodable {
            let access_key_id: String
            let secret_access_key: String
            let token: String?
        }

        let credentials: Key
        let expiration_in_seconds: Int
        let normalize: Bool
        let region: String
        let service: String
        let sign_body: Bool
        let timestamp: String
        let omit_session_token: Bool?
    }

    /// The names of all cases.
    static let names = Vectors.folders(in: "sigv4")

    private let name: String
    private let context: Context
    private let request: SigV4Request

    init(_ name: String) throws {
        self.name = name
        context = try Vectors.decode(Context.self, from: "sigv4/\(name)/context.json")
        request = try Self.parse(Vectors.text("sigv4/\(name)/request.txt"))
    }

    func signed(_ mode: Mode) throws -> SigV4SignedRequest {
        let signer = SigV4Signer(
            credentials: Credentials(
                accessKeyId: context.credentials.access_key_id,
                secretAccessKey: context.credentials.secret_access_key,
                sessionToken: context.credentials.token
            ),
            region: context.region,
            service: context.service,
            date: try date(context.timestamp),
            options: .init(
                normalizesPath: context.normalize,
                signsBodyHeader: context.sign_body,
                omitsSessionToken: context.omit_session_token ?? false
            )
        )
        switch mode {
        case .header: return signer.sign(request)
        case .query: return signer.presign(request, validFor: context.expiration_in_seconds)
        }
    }

    func expectation(_ mode: Mode) throws -> Expectation {
        func text(_ part: String) throws -> String {
            try Vectors.text("sigv4/\(name)/\(mode.rawValue)-\(part).txt")
        }
        return Expectation(
            canonicalRequest: try text("canonical-request"),
            stringToSign: try text("string-to-sign"),
            signature: try text("signature")
        )
    }

    /// The request that the suite says is sent in the end.
    func signedRequest(_ mode: Mode) throws -> SigV4Request {
        try Self.parse(Vectors.text("sigv4/\(name)/\(mode.rawValue)-signed-request.txt"))
    }

    private static func parse(_ text: String) throws -> SigV4Request {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        // The target itself may hold spaces, so only the first and the last of the line count.
        let requestLine = lines.popFirst() ?? ""
        let method = requestLine.prefix { $0 != " " }
        let target = requestLine.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
        let path = target.prefix { $0 != "?" }

        var headers: [SigV4Request.Field] = []
        while let line = lines.popFirst(), !line.isEmpty {
            if line.first == " ", let last = headers.indices.last {
                headers[last].value += "\n\(line)"
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append(.init(String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
        return SigV4Request(
            method: String(method),
            path: String(path),
            query: try parameters(ofQuery: target.dropFirst(path.count + 1)),
            headers: headers,
            bodyHash: SHA256.digest(lines.joined(separator: "\n").utf8).hexadecimal
        )
    }
}
