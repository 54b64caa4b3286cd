// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Login tokens of RDS")
struct RDSLoginTokenTests {
    /// A token that botocore made, checked by a second implementation.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let id: String
        let host: String
        let port: Int
        let user: String
        let region: String
        let access_key_id: String
        let secret_access_key: String
        let session_token: String?
        let time: String
        let signature: String
        let query: [String: String]

        var testDescription: String { id }
    }

    private struct File: Decodable {
        let cases: [Case]
    }

    /// All that a token depends on.
    struct Input {
        var host = "db.cluster-abc.eu-west-1.rds.amazonaws.com"
        var port = 5432
        var user = "sso_provisioner"
        var region = "eu-west-1"
        var accessKeyId = "AKIDEXAMPLE"
        var secretAccessKey = "wJalrXUtnFEMI"
        var sessionToken: String? = "token"
        var expiration: Date?
        var date = Date(timeIntervalSince1970: 1_440_938_160)

        func token() throws -> String {
            let credentials = Credentials(
                accessKeyId: accessKeyId,
                secretAccessKey: secretAccessKey,
                sessionToken: sessionToken,
                expiration: expiration
            )
            return try RDSLoginToken(
                host: host,
                port: port,
                user: user,
                region: region,
                credentials: credentials,
                date: date
            ).secret.exposed
        }

        func signature() throws -> String {
            let parameters = try parameters(ofQuery: token().split(separator: "?")[1])
            return try #require(parameters.first { $0.name == "X-Amz-Signature" }?.value)
        }
    }

    static let cases = (try? Vectors.decode(File.self, from: "rds_tokens.json").cases) ?? []

    @Test func `the cases are all there`() {
        #expect(Self.cases.count >= 30)
    }

    @Test(arguments: cases)
    func `a token is as recorded`(example: Case) throws {
        let input = Input(
            host: example.host,
            port: example.port,
            user: example.user,
            region: example.region,
            accessKeyId: example.access_key_id,
            secretAccessKey: example.secret_access_key,
            sessionToken: example.session_token,
            date: try date(example.time)
        )
        let token = try input.token()
        let prefix = "\(example.host):\(example.port)/?"
        #expect(token.hasPrefix(prefix))

        let parameters = try parameters(ofQuery: token.dropFirst(prefix.count))
        var decoded: [String: String] = [:]
        for parameter in parameters { decoded[parameter.name] = parameter.value }
        #expect(parameters.count == decoded.count, "no parameter comes twice")
        #expect(decoded.removeValue(forKey: "X-Amz-Signature") == example.signature)
        #expect(decoded == example.query)
    }

    @Test(arguments: 0..<25 as Range<UInt64>)
    func `every input changes the signature`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var base = Input()
        base.user = random.text(Int.random(in: 1...63, using: &random))
        base.secretAccessKey = random.text(40)
        base.sessionToken = random.text(200)
        base.port = Int.random(in: 1...65_000, using: &random)
        base.date.addTimeInterval(Double(Int.random(in: 0...300_000_000, using: &random)))

        let changes: [(inout Input) -> Void] = [
            { $0.host = "x\($0.host)" }, { $0.port += 1 }, { $0.user += "x" }, { $0.user = " \($0.user)" },
            { $0.region = "eu-west-2" }, { $0.accessKeyId += "X" }, { $0.secretAccessKey += "x" },
            { $0.sessionToken = nil }, { $0.sessionToken?.append("x") }, { $0.date.addTimeInterval(1) },
            { $0.date.addTimeInterval(86_400) },
        ]
        var signatures = try Set([base.signature()])
        for change in changes {
            var changed = base
            change(&changed)
            try signatures.insert(changed.signature())
        }
        #expect(signatures.count == 1 + changes.count)
        #expect(try signatures.contains(base.signature()), "the same input yields the same token")
    }

    @Test func `the host's case does not matter`() throws {
        let upper = Input(host: "DB.Example.COM")
        let lower = Input(host: "db.example.com")
        #expect(try upper.token() == lower.token())
    }

    @Test(arguments: [
        "", "https://db.example.com", "db.example.com/", "db.example.com:5432", "a b", "db\nexample", "::1", "dé.com",
        "user@db", "db?x",
    ])
    func `refuses what is not a host name`(host: String) {
        expectRefusal(Input(host: host))
    }

    @Test(arguments: [-1, 0, 65_536])
    func `refuses what is not a port`(port: Int) {
        expectRefusal(Input(port: port))
    }

    @Test(arguments: ["", "eu west", "eu/west", "eu-west-1\n"])
    func `refuses what is not a region`(region: String) {
        expectRefusal(Input(region: region))
    }

    @Test func `refuses an empty user`() {
        expectRefusal(Input(user: ""))
    }

    @Test(arguments: [(-1.0, false), (0, false), (1, true)])
    func `refuses expired credentials`(secondsLeft: Double, isAccepted: Bool) throws {
        var input = Input()
        input.expiration = input.date.addingTimeInterval(secondsLeft)
        guard !isAccepted else {
            _ = try input.token()
            return
        }
        let error = #expect(throws: AWSError.self) { try input.token() }
        #expect(error?.code == .credentialsExpired)
    }

    private func expectRefusal(_ input: Input, sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: AWSError.self, sourceLocation: sourceLocation) { try input.token() }
        #expect(error?.code == .invalidArgument, sourceLocation: sourceLocation)
    }
}
