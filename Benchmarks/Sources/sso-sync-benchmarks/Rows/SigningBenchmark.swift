// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS

/// Signatures and login tokens on one thread, beside botocore, turn by turn.
struct SigningBenchmark: Benchmark {
    static let name = "signing"
    static let summary = "SigV4 header signatures of a 60-byte body, and RDS login tokens, beside botocore"

    private static let credentials = Credentials(
        accessKeyId: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        sessionToken: String(repeating: "token", count: 80)
    )
    private static let count = 20_000
    private static let botocoreCount = 2_000

    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        let script = try TemporaryFile(Self.script)
        var (headers, tokens) = (Sample(), Sample())
        var (botocoreHeaders, botocoreTokens) = (Sample(), Sample())
        for _ in 0..<options.rounds {
            headers.add(try await Self.perCall(Self.signHeaders))
            tokens.add(try await Self.perCall(Self.makeToken))
            botocoreHeaders.add(try Self.botocore("headers", script))
            botocoreTokens.add(try Self.botocore("tokens", script))
        }
        return [
            .speedup(
                "SigV4 header signatures, \(Self.perSecond(headers)), beside botocore",
                headers,
                over: botocoreHeaders,
                atLeast: 15
            ),
            .speedup(
                "RDS login tokens, \(Self.perSecond(tokens)), beside botocore",
                tokens,
                over: botocoreTokens,
                atLeast: 15
            ),
        ]
    }

    private static func perSecond(_ sample: Sample) -> String {
        "\(Figures.thousands(Int(1 / sample.median))) a second"
    }

    private static func perCall(_ body: (Date) throws -> Void) async throws -> Double {
        try await seconds { for _ in 0..<count { try body(Date()) } } / Double(count)
    }

    // MARK: Ours

    private static let body = Array(#"{"IdentityStoreId":"d-1234567890","GroupId":"9067","Max":100}"#.utf8.prefix(60))

    private static func signHeaders(_ date: Date) {
        let request = SigV4Request(
            method: "POST",
            headers: [
                .init("Host", "identitystore.eu-west-1.amazonaws.com"),
                .init("Content-Type", "application/x-amz-json-1.1"),
                .init("X-Amz-Target", "AWSIdentityStore.ListGroupMemberships"),
            ],
            body: body
        )
        let signer = SigV4Signer(credentials: credentials, region: "eu-west-1", service: "identitystore", date: date)
        precondition(!signer.sign(request).headersToSet.isEmpty)
    }

    private static func makeToken(_ date: Date) throws {
        _ = try RDSLoginToken(
            host: "database-1.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com",
            port: 5_432,
            user: "jane.doe",
            region: "eu-west-1",
            credentials: credentials,
            date: date
        )
    }

    // MARK: botocore

    /// - Returns: The seconds of one call.
    private static func botocore(_ what: String, _ script: TemporaryFile) throws -> Double {
        let arguments = [script.path, what, "\(botocoreCount)", String(decoding: body, as: UTF8.self)]
        let keys = [
            "AWS_ACCESS_KEY_ID": credentials.accessKeyId, "AWS_SECRET_ACCESS_KEY": credentials.secretAccessKey,
            "AWS_SESSION_TOKEN": credentials.sessionToken ?? "",
        ]
        let hasBotocore = try Program(["python3", "-c", "import botocore"]).wait() == 0
        let output = try Program.output([hasBotocore ? "python3" : "/usr/bin/python3"] + arguments, environment: keys)
        guard let time = Double(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Trouble("botocore took \(output)")
        }
        return time
    }

    private static let script = """
        import sys, time
        import botocore.session
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        what, count, body = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()
        session = botocore.session.get_session()
        credentials = session.get_credentials().get_frozen_credentials()
        client = session.create_client("rds", region_name="eu-west-1")
        host = "database-1.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com"


        def headers():
            request = AWSRequest("POST", "https://identitystore.eu-west-1.amazonaws.com/", data=body, headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "AWSIdentityStore.ListGroupMemberships",
            })
            SigV4Auth(credentials, "identitystore", "eu-west-1").add_auth(request)


        def tokens():
            client.generate_db_auth_token(DBHostname=host, Port=5432, DBUsername="jane.doe")


        call = {"headers": headers, "tokens": tokens}[what]
        call()
        start = time.perf_counter()
        for _ in range(count):
            call()
        print((time.perf_counter() - start) / count)
        """
}
