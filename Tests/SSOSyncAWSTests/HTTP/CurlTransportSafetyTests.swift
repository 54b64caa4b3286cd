// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

/// A server that cannot be verified learns nothing: not even a path.
@Suite("What the transport does not do")
struct CurlTransportSafetyTests {
    private static let certificates = TestCertificates.shared

    private func failure(_ transport: CurlTransport, _ request: HTTPRequest) async throws -> AWSError {
        try #require(
            await #expect(throws: AWSError.self) { try await transport.send(request, deadline: .now + .seconds(20)) }
        )
    }

    private func request(to server: HTTPServer, isLocal: Bool) throws -> HTTPRequest {
        HTTPRequest("GET", try server.origin(.https), path: "/secret", isLocal: isLocal)
    }

    @Test(arguments: [false, true])
    func `an authority that is not trusted`(isLocal: Bool) async throws {
        let server = try await HTTPServer([.init()], certificate: try Self.certificates.get().right)
        let other = try Self.certificates.get().otherAuthority
        for configuration in [CurlTransport.Configuration(), .init(authorityFile: other)] {
            let error = try await failure(CurlTransport(configuration), request(to: server, isLocal: isLocal))
            #expect(error.code == .certificateRejected)
            #expect(!error.mayHaveBeenSent)
        }
        #expect(try server.requests().isEmpty)
    }

    @Test(arguments: [false, true])
    func `a certificate for another host`(isLocal: Bool) async throws {
        let certificates = try Self.certificates.get()
        let server = try await HTTPServer([.init()], certificate: certificates.wrongHost)
        let transport = CurlTransport(.init(authorityFile: certificates.authority))
        let error = try await failure(transport, request(to: server, isLocal: isLocal))
        #expect(error.code == .certificateRejected)
        #expect(try server.requests().isEmpty)
    }

    @Test func `a file of authorities that is not there`() async throws {
        let server = try await HTTPServer([.init()], certificate: try Self.certificates.get().right)
        let transport = CurlTransport(.init(authorityFile: "/nonexistent.pem"))
        let error = try await failure(transport, request(to: server, isLocal: false))
        #expect(error.code == .certificateRejected)
        #expect(error.message.contains("/nonexistent.pem"))
    }

    @Test func `clear text on the port that TLS is spoken to`() async throws {
        let server = try await HTTPServer([.init()])
        let error = try await failure(CurlTransport(.init()), request(to: server, isLocal: false))
        #expect(error.code == .tlsFailed)
        #expect(!error.mayHaveBeenSent)
    }

    @Test func `HTTP in clear, but for local servers`() async throws {
        let server = try await HTTPServer([.init()])
        var request = try server.request()
        request.isLocal = false
        let error = try await failure(CurlTransport(.init()), request)
        #expect(error.code == .invalidArgument)
        #expect(try server.requests().isEmpty)
    }

    @Test(arguments: [
        HTTPHeaders.Field("X-A", "1\r\nX-B: 2"), .init("X-A\r\nX-B", "2"), .init("X-A", "1\0"), .init("", "1"),
        .init("X A", "1"), .init("X-A:", "1"),
    ])
    func `headers that would be two`(field: HTTPHeaders.Field) async throws {
        let server = try await HTTPServer([.init()])
        var request = try server.request()
        request.headers.append(field.name, field.value)
        #expect(try await failure(CurlTransport(.init()), request).code == .invalidArgument)
        #expect(try server.requests().isEmpty)
    }

    @Test(arguments: [
        ("", ""), ("a", ""), ("/a b", ""), ("/a?b", ""), ("/a#b", ""), ("/ä", ""), ("/", "a b"), ("/", "a#b"),
    ])
    func `addresses that would be others`(path: String, query: String) async throws {
        let server = try await HTTPServer([.init()])
        var request = try server.request("GET", path)
        request.query = query
        #expect(try await failure(CurlTransport(.init()), request).code == .invalidArgument)
    }

    // MARK: Proxies

    @Test func `the proxy is asked for what is not local`() async throws {
        let certificates = try Self.certificates.get()
        let server = try await HTTPServer([.init(times: 0, body: "yes")], certificate: certificates.right)
        let proxy = try await HTTPServer(mode: "proxy")
        let environment = [
            "HTTPS_PROXY": "http://user:s3cr3t@localhost:\(proxy.port)", "AWS_CA_BUNDLE": certificates.authority,
        ]
        let configuration = CurlTransport.Configuration(environment: environment)
        expectHidden(["s3cr3t"], in: configuration)

        let transport = CurlTransport(configuration)
        let response = try await transport.send(request(to: server, isLocal: false), deadline: .now + .seconds(20))
        #expect(response.text == "yes")
        #expect(try proxy.requests().map(\.target) == ["localhost:\(server.port)"])
    }

    @Test(arguments: [(true, ""), (false, "localhost"), (false, "*")])
    func `the proxy is left out for local servers, and for those that it is not for`(
        isLocal: Bool,
        noProxy: String
    ) async throws {
        let certificates = try Self.certificates.get()
        let server = try await HTTPServer([.init(body: "yes")], certificate: certificates.right)
        let proxy = try await HTTPServer(mode: "proxy")
        let environment = [
            "https_proxy": "http://localhost:\(proxy.port)", "NO_PROXY": noProxy,
            "AWS_CA_BUNDLE": certificates.authority,
        ]
        let transport = CurlTransport(.init(environment: environment))
        let response = try await transport.send(request(to: server, isLocal: isLocal), deadline: .now + .seconds(20))
        #expect(response.text == "yes")
        #expect(try proxy.requests().isEmpty)
    }

    @Test func `a proxy that is not there is no way around it`() async throws {
        let certificates = try Self.certificates.get()
        let server = try await HTTPServer([.init(body: "yes")], certificate: certificates.right)
        let nobody = try await HTTPServer(mode: "proxy")
        nobody.stop()
        let configuration = CurlTransport.Configuration(
            authorityFile: certificates.authority,
            proxy: "http://localhost:\(nobody.port)"
        )
        let error = try await failure(CurlTransport(configuration), request(to: server, isLocal: false))
        #expect(error.code == .connectFailed)
        #expect(try server.requests().isEmpty)
    }
}
