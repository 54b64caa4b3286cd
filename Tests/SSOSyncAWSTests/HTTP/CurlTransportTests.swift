// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@Suite("The transport over libcurl")
struct CurlTransportTests {
    private let transport = CurlTransport(.init())

    private func deadline(_ seconds: Int = 20) -> ContinuousClock.Instant { .now + .seconds(seconds) }

    private func failure(_ request: HTTPRequest, within limit: Duration = .seconds(20)) async throws -> AWSError {
        try #require(
            await #expect(throws: AWSError.self) { try await transport.send(request, deadline: .now + limit) }
        )
    }

    @Test func `method, path, query, headers and body arrive as they are`() async throws {
        let server = try await HTTPServer([.init(echo: true)])
        var request = try server.request("POST", "/a/../b//c%20d/%2F", body: #"{"a":"\u0000"}"#)
        request.query = "b=2&a=1&empty=&c=%2B"
        request.headers["X-Amz-Target"] = "AWSIdentityStore.ListUsers"
        request.headers["X-Empty"] = ""
        let response = try await transport.send(request, deadline: deadline())
        #expect(response.status == 200)

        let seen = try #require(server.requests().first)
        #expect(seen.method == "POST")
        #expect(seen.target == "/a/../b//c%20d/%2F?b=2&a=1&empty=&c=%2B")
        #expect(seen.body == #"{"a":"\u0000"}"#)
        let headers = seen.headers.map { "\($0[0]): \($0[1])" }.sorted()
        let length = request.body.count
        let expected = [
            "Content-Length: \(length)", "Host: localhost:\(server.port)",
            "X-Amz-Target: AWSIdentityStore.ListUsers", "X-Empty: ",
        ]
        #expect(headers == expected)
    }

    @Test(arguments: ["GET", "PUT", "DELETE", "HEAD", "POST"])
    func `every method arrives`(method: String) async throws {
        let server = try await HTTPServer([.init(headers: ["ETag": "\"1\""], body: "yes")])
        let body = method == "PUT" ? "content" : ""
        let response = try await transport.send(server.request(method, body: body), deadline: deadline())
        #expect(response.headers["etag"] == "\"1\"")
        #expect(response.text == (method == "HEAD" ? "" : "yes"))
        let seen = try #require(server.requests().first)
        #expect(seen.method == method)
        #expect(seen.body == body)
    }

    @Test(arguments: [200, 302, 400, 403, 429, 500, 503])
    func `any status is a response, and a redirect is not followed`(status: Int) async throws {
        let server = try await HTTPServer([.init(path: "/first", status: status, headers: ["Location": "/second"])])
        let response = try await transport.send(server.request("GET", "/first"), deadline: deadline())
        #expect(response.status == status)
        #expect(try server.requests().count == 1)
    }

    @Test func `a body in chunks is put together`() async throws {
        let server = try await HTTPServer([.init(size: 100_000, pause: 0.05, chunked: true)])
        let response = try await transport.send(server.request(), deadline: deadline())
        #expect(response.body == Array(repeating: UInt8(ascii: "x"), count: 100_000))
    }

    @Test func `a large body is sent at once, without waiting for leave`() async throws {
        let server = try await HTTPServer([.init(echo: true)])
        let body = String(repeating: "y", count: 3_000_000)
        _ = try await transport.send(server.request("POST", body: body), deadline: deadline())
        let seen = try #require(server.requests().first)
        #expect(seen.body == body)
        #expect(seen.header("Expect") == nil)
    }

    @Test func `the header before a continuation is not the response's`() async throws {
        let server = try await HTTPServer([.init(status: 201, body: "yes", fault: "continue")])
        let response = try await transport.send(server.request(), deadline: deadline())
        #expect(response.status == 201)
        #expect(response.headers["X-Early"] == nil)
    }

    @Test(arguments: [false, true])
    func `a response of just the limit is taken, and of one byte more refused`(chunked: Bool) async throws {
        let server = try await HTTPServer([.init(times: 0, size: 1_000, chunked: chunked)])
        var request = try server.request()
        request.responseLimit = 1_000
        #expect(try await transport.send(request, deadline: deadline()).body.count == 1_000)
        request.responseLimit = 999
        #expect(try await failure(request).code == .responseTooLarge)
    }

    @Test func `a header without end is refused`() async throws {
        let server = try await HTTPServer([.init(padding: 270_000)])
        #expect(try await failure(server.request()).code == .responseTooLarge)
    }

    // MARK: Connections

    @Test func `a connection is used again`() async throws {
        let server = try await HTTPServer(
            [.init(times: 0, body: "yes")],
            certificate: try TestCertificates.shared.get().right
        )
        let trusting = CurlTransport(.init(authorityFile: try TestCertificates.shared.get().authority))
        for _ in 0..<20 {
            _ = try await trusting.send(server.request(), deadline: deadline())
        }
        #expect(Set(try server.requests().map(\.connection)) == [1])
    }

    @Test func `a hundred requests at a time all come to an end`() async throws {
        let server = try await HTTPServer([.init(times: 0, echo: true, delay: 0.02)])
        let transport = transport
        let targets = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<100 {
                let request = try server.request("GET", "/\(number)")
                group.addTask { try await transport.send(request, deadline: .now + .seconds(20)).text }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        for number in 0..<100 {
            #expect(targets.contains { $0.contains("\"/\(number)\"") })
        }
    }

    @Test func `HTTP/2 is spoken where it is offered`() async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try await HTTPServer(mode: "h2", certificate: certificates.right)
        let trusting = CurlTransport(.init(authorityFile: certificates.authority))
        for _ in 0..<2 {
            let response = try await trusting.send(server.request("POST", "/", body: "{}"), deadline: deadline())
            #expect(response.status == 200)
            #expect(response.text == "two")
        }
        #expect(try server.requests().map(\.method) == ["PRI"])
    }

    @Test func `a kept connection that the server closed is no failure`() async throws {
        let server = try await HTTPServer([.init(body: "one"), .init(fault: "close"), .init(body: "two")])
        #expect(try await transport.send(server.request(), deadline: deadline()).text == "one")
        #expect(try await transport.send(server.request(), deadline: deadline()).text == "two")
    }

    // MARK: Troubles

    @Test(arguments: ["reset", "close", "truncate"])
    func `a response that is cut off is an error`(fault: String) async throws {
        let server = try await HTTPServer([.init(times: 0, size: 1_000, fault: fault)])
        let error = try await failure(server.request("POST", body: "{}"))
        #expect(error.code == .connectionLost)
        #expect(error.mayHaveBeenSent)
    }

    @Test func `chunks without an end are an error`() async throws {
        let server = try await HTTPServer([.init(size: 1_000, chunked: true, fault: "truncate")])
        #expect(try await failure(server.request()).code == .connectionLost)
    }

    @Test func `what is not HTTP is an error`() async throws {
        let server = try await HTTPServer([.init(fault: "garbage")])
        #expect(try await failure(server.request()).code == .badResponse)
    }

    @Test func `nobody listens`() async throws {
        let server = try await HTTPServer([])
        let request = try server.request()
        server.stop()
        let error = try await failure(request)
        #expect(error.code == .connectFailed)
        #expect(!error.mayHaveBeenSent)
        #expect(error.message.contains("\(request.origin)"))
    }

    @Test func `a name without an address`() async throws {
        let request = HTTPRequest("GET", try HTTPOrigin(host: "no-such-host.invalid"))
        let error = try await failure(request)
        #expect(error.code == .hostNotFound)
        #expect(!error.mayHaveBeenSent)
    }
}
