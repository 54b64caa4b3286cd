// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Calls to a service")
struct AWSClientTests {
    private struct Input: Encodable {
        var IdentityStoreId = "d-1234567890"
    }

    private struct Output: Decodable, Equatable {
        let Users: [String]
    }

    private static let credentials = StaticCredentialsProvider(
        Credentials(accessKeyId: "AKID", secretAccessKey: "s3cr3t-key", sessionToken: "s3cr3t-token")
    )
    private static let throttled = HTTPServer.Reply(status: 400, body: #"{"__type":"ThrottlingException"}"#)
    private static let good = HTTPServer.Reply(body: #"{"Users":["jane"]}"#)

    private let sleeps = Locked<[Duration]>([])

    private func client(
        _ server: HTTPServer,
        _ service: AWSService = .identityStore,
        policy: RetryPolicy = RetryPolicy(),
        attemptTimeout: Duration = .milliseconds(2_000),
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws -> AWSClient {
        var configuration = AWSClient.Configuration(retryPolicy: policy, attemptTimeout: attemptTimeout)
        configuration.sleep = { [sleeps] duration in sleeps.withLock { $0.append(duration) } }
        configuration.now = now
        return try AWSClient(
            service,
            region: "eu-west-1",
            credentials: Self.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(server.port)/base"]),
            configuration: configuration
        )
    }

    private func failure(_ client: AWSClient) async throws -> AWSError {
        try #require(await #expect(throws: AWSError.self) { _ = try await client.call("ListUsers", Input()) as Output })
    }

    @Test func `calls carry the trace of their task, which is not signed, since proxies may change it`() async throws {
        let server = try await HTTPServer([.init(times: 2, body: Self.good.body)])
        let client = try client(server)
        let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e2a1;Sampled=1"
        try await AWSTrace.$header.withValue(trace) { _ = try await client.call("ListUsers", Input()) as Output }
        _ = try await client.call("ListUsers", Input()) as Output
        let seen = try server.requests()
        #expect(seen.map { $0.header("X-Amzn-Trace-Id") } == [trace, nil])
        #expect(seen.allSatisfy { $0.header("Authorization")?.contains("trace") == false })
    }

    @Test func `a call in JSON is signed over what arrives`() async throws {
        let server = try await HTTPServer([Self.good])
        let output: Output = try await client(server).call("ListUsers", Input())
        #expect(output == Output(Users: ["jane"]))

        let seen = try #require(server.requests().first)
        #expect(seen.method == "POST")
        #expect(seen.target == "/base/")
        #expect(seen.body == #"{"IdentityStoreId":"d-1234567890"}"#)
        #expect(seen.header("X-Amz-Target") == "AWSIdentityStore.ListUsers")
        #expect(seen.header("Content-Type") == "application/x-amz-json-1.1")
        #expect(seen.header("X-Amz-Security-Token") == "s3cr3t-token")
        let authorization = try #require(seen.header("Authorization"))
        #expect(authorization.contains("/eu-west-1/identitystore/aws4_request, "))
        let names = "amz-sdk-request;content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
        #expect(authorization.contains("SignedHeaders=\(names), "))
        #expect(try signature(of: seen) == authorization.suffix(64))
    }

    /// The signature over what the server saw.
    private func signature(of seen: HTTPServer.Request) throws -> String {
        let stamp = Array(try #require(seen.header("X-Amz-Date")))
        let text = { (range: Range<Int>) in String(stamp[range]) }
        let time = "\(text(0..<4))-\(text(4..<6))-\(text(6..<11)):\(text(11..<13)):\(text(13..<16))"
        let signer = SigV4Signer(
            credentials: Credentials(accessKeyId: "AKID", secretAccessKey: "s3cr3t-key", sessionToken: "s3cr3t-token"),
            region: "eu-west-1",
            service: "identitystore",
            date: try date(time)
        )
        let names = ["amz-sdk-request", "content-type", "host", "x-amz-target"]
        let request = SigV4Request(
            method: seen.method,
            path: seen.target,
            headers: names.map { .init($0, seen.header($0) ?? "") },
            bodyHash: SHA256.digest(seen.body.utf8).hexadecimal
        )
        return signer.sign(request).signature
    }

    @Test func `a call in AWS query is a form, and answered in XML`() async throws {
        let body =
            "<DescribeDBClustersResponse><DescribeDBClustersResult><Marker>m</Marker></DescribeDBClustersResult></DescribeDBClustersResponse>"
        let server = try await HTTPServer([.init(body: body)])
        let result = try await client(server, .rds).query("DescribeDBClusters", [("DBClusterIdentifier", "a b&c")])
        #expect(result.text(at: "Marker") == "m")
        let seen = try #require(server.requests().first)
        #expect(seen.body == "Action=DescribeDBClusters&Version=2014-10-31&DBClusterIdentifier=a%20b%26c")
    }

    // MARK: Attempts

    @Test(arguments: [
        throttled, HTTPServer.Reply(status: 500, body: "<html>"), .init(status: 429, headers: ["Retry-After": "2"]),
        .init(fault: "reset"), .init(size: 100, fault: "truncate"), .init(fault: "garbage"), .init(fault: "hang"),
    ])
    func `what may hold the next time is tried again`(trouble: HTTPServer.Reply) async throws {
        let server = try await HTTPServer([trouble, trouble, Self.good])
        let output: Output = try await client(server).call("ListUsers", Input())
        #expect(output == Output(Users: ["jane"]))
        let attempts = try server.requests().filter { $0.method == "POST" }.map { $0.header("amz-sdk-request") }
        #expect(attempts == ["attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3"])
        let waits = sleeps.withLock { $0 }
        #expect(waits.count == 2)
        let ceilings = trouble.headers == nil ? [Duration.seconds(1), .seconds(2)] : [.seconds(3), .seconds(3)]
        #expect(zip(waits, ceilings).allSatisfy { $0 <= $1 })
        if trouble.headers != nil { #expect(waits.allSatisfy { $0 >= .seconds(2) }) }
    }

    @Test func `after the last attempt its error is thrown`() async throws {
        let reply = HTTPServer.Reply(times: 0, status: 500, headers: ["x-amzn-RequestId": "r-9"], body: "<html>")
        let server = try await HTTPServer([reply])
        let error = try await failure(client(server))
        #expect(error.code == .serviceFailed)
        #expect(error.message.contains("identitystore ListUsers"))
        #expect(error.message.contains("r-9"))
        #expect(try server.requests().count == 3)
        expectHidden(["s3cr3t-key", "s3cr3t-token"], in: error)
    }

    @Test(arguments: [
        HTTPServer.Reply(status: 400, body: #"{"__type":"ValidationException"}"#),
        .init(status: 403, body: #"{"__type":"AccessDeniedException"}"#),
        .init(status: 302, headers: ["Location": "https://elsewhere.example/"]),
        .init(status: 429, headers: ["Retry-After": "3600"]),
    ])
    func `what would fail again is not`(reply: HTTPServer.Reply) async throws {
        let server = try await HTTPServer([reply])
        _ = try await failure(client(server))
        #expect(try server.requests().count == 1)
    }

    @Test(arguments: [
        "", "<html></html>", #"{"Users":["jane"]"#, #"{"Other":1}"#, "[]", "null",
    ])
    func `an answer that is not the service's is an error, whatever its status`(body: String) async throws {
        let server = try await HTTPServer([.init(headers: ["x-amzn-RequestId": "r-9"], body: body)])
        let error = try await failure(client(server))
        #expect(error.code == .badResponse)
        #expect(error.response?.status == 200)
        #expect(error.message.contains("r-9"))
    }

    @Test func `a clock that is twenty minutes off is corrected, once for all calls`() async throws {
        let skewed = HTTPServer.Reply(
            status: 403,
            headers: ["Date": "Sun, 06 Nov 1994 09:09:37 GMT"],
            body: #"{"__type":"InvalidSignatureException","message":"Signature expired"}"#
        )
        let server = try await HTTPServer([skewed, Self.good, Self.good])
        let slow = try date("1994-11-06T08:49:37Z")
        let client = try client(server, now: { slow })
        for _ in 0..<2 { _ = try await client.call("ListUsers", Input()) as Output }
        let stamps = try server.requests().map { $0.header("X-Amz-Date") }
        #expect(stamps == ["19941106T084937Z", "19941106T090937Z", "19941106T090937Z"])
    }

    @Test func `calls at the same time that find the clock off correct it once`() async throws {
        let skewed = HTTPServer.Reply(
            status: 403,
            headers: ["Date": "Sun, 06 Nov 1994 09:09:37 GMT"],
            body: #"{"__type":"InvalidSignatureException","message":"Signature expired"}"#,
            delay: 3
        )
        let server = try await HTTPServer([skewed, skewed, skewed, Self.good, Self.good, Self.good])
        let slow = try date("1994-11-06T08:49:37Z")
        let client = try client(server, attemptTimeout: .seconds(30), now: { slow })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { _ = try await client.call("ListUsers", Input()) as Output } }
            try await group.waitForAll()
        }
        let stamps = try server.requests().map { $0.header("X-Amz-Date") }
        #expect(stamps.suffix(3) == ["19941106T090937Z", "19941106T090937Z", "19941106T090937Z"], "\(stamps)")
    }

    @Test func `the deadline is for all attempts`() async throws {
        let server = try await HTTPServer([.init(times: 0, fault: "hang")])
        let client = try client(server, policy: RetryPolicy(maximumAttempts: 100))
        let error = await #expect(throws: AWSError.self) {
            _ = try await client.call("ListUsers", Input(), deadline: .now + .seconds(3)) as Output
        }
        #expect(error?.code == .timedOut)
        #expect(try server.requests().filter { $0.method == "POST" }.count <= 3)
    }

    @Test func `cancelling ends a call in the middle`() async throws {
        let server = try await HTTPServer([.init(times: 0, fault: "hang")])
        let client = try client(server)
        let task = Task { try await client.call("ListUsers", Input()) as Output }
        try await eventually("the request has arrived") { try !server.requests().isEmpty }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `in adaptive mode requests are held back once there was throttling`() async throws {
        let server = try await HTTPServer([Self.throttled, .init(times: 0, body: #"{"Users":[]}"#)])
        let client = try client(server, policy: RetryPolicy(mode: .adaptive))
        // Time does not pass while it sleeps here, so it asks again and again until it really has.
        for _ in 0..<2 { _ = try await client.call("ListUsers", Input()) as Output }
        #expect(sleeps.withLock(\.count) > 2)
    }

    @Test func `a limiter that is shared spaces the requests of all clients`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: #"{"Users":[]}"#)])
        var configuration = AWSClient.Configuration(limiter: RequestLimiter(requestsPerSecond: 20))
        configuration.userAgent = "test"
        let endpoints = EndpointResolver(environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(server.port)"])
        let transport = CurlTransport(.init())
        let clients = try [AWSService.identityStore, .ssoAdmin].map {
            try AWSClient(
                $0,
                region: "eu-west-1",
                credentials: Self.credentials,
                transport: transport,
                endpoints: endpoints,
                configuration: configuration
            )
        }
        let start = ContinuousClock.now
        for _ in 0..<5 {
            for client in clients { _ = try await client.call("ListUsers", Input()) as Output }
        }
        #expect(ContinuousClock.now - start >= .milliseconds(450))
        #expect(try server.requests().count == 10)
    }

    @Test func `without credentials nothing is sent`() async throws {
        let server = try await HTTPServer([Self.good])
        let client = try AWSClient(
            .identityStore,
            region: "eu-west-1",
            credentials: EnvironmentCredentialsProvider(environment: [:]),
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(server.port)"])
        )
        #expect(try await failure(client).code == .credentialsMissing)
        #expect(try server.requests().isEmpty)
    }
}
