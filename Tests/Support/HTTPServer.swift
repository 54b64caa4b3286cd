// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncAWS

/// A server of a test's own that answers as it is told, and records what it was asked: http_server.py.
package final class HTTPServer: Sendable {
    /// How one request is answered; the script says what each part means.
    package struct Reply: Encodable, Sendable {
        package var path: String?
        package var times: Int?
        package var status: Int?
        package var headers: [String: String]?
        package var padding: Int?
        package var body: String?
        package var echo: Bool?
        package var size: Int?
        package var delay: Double?
        package var pause: Double?
        package var chunked: Bool?
        package var fault: String?

        package init(
            path: String? = nil,
            times: Int? = nil,
            status: Int? = nil,
            headers: [String: String]? = nil,
            padding: Int? = nil,
            body: String? = nil,
            echo: Bool? = nil,
            size: Int? = nil,
            delay: Double? = nil,
            pause: Double? = nil,
            chunked: Bool? = nil,
            fault: String? = nil
        ) {
            (self.path, self.times, self.status, self.headers) = (path, times, status, headers)
            (self.padding, self.body, self.echo, self.size) = (padding, body, echo, size)
            (self.delay, self.pause, self.chunked, self.fault) = (delay, pause, chunked, fault)
        }
    }

    /// What a request looked like to the server.
    package struct Request: Decodable, Sendable {
        package let connection: Int
        package let method: String
        package let target: String
        package let headers: [[String]]
        package let body: String

        package func header(_ name: String) -> String? {
            headers.first { $0[0].lowercased() == name.lowercased() }?[1]
        }
    }

    package let port: Int
    private let isTLS: Bool
    private let process: BackgroundProcess
    private let folder: TemporaryFolder

    /// Starts a server that answers with these, in their order.
    package convenience init(_ replies: [Reply], certificate: TestCertificates.Pair? = nil) async throws {
        let script = try JSONEncoder().encode(replies)
        try await self.init(mode: String(decoding: script, as: UTF8.self), certificate: certificate)
    }

    /// Starts a server of a kind that the script knows: `h2` or `proxy`.
    package init(mode: String, certificate: TestCertificates.Pair? = nil) async throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        isTLS = certificate != nil
        let files = certificate.map { [$0.certificate, $0.key] } ?? []
        let script = ChildProcess.root.appending(path: "Tests/Support/http_server.py").path
        (process, port) = try await blocking {
            let process = try BackgroundProcess(["python3", script, folder.file("record"), mode] + files)
            guard let line = process.readLine(), let port = Int(line) else {
                throw ChildProcess.Failure(description: "the HTTP server did not start")
            }
            return (process, port)
        }
    }

    deinit { process.stop() }

    /// Ends it.
    package func stop() { process.stop() }

    /// Who it is, by the name in its certificate.
    package func origin(_ scheme: HTTPOrigin.Scheme? = nil, host: String = "localhost") throws -> HTTPOrigin {
        try HTTPOrigin(scheme ?? (isTLS ? .https : .http), host: host, port: port)
    }

    /// A request to it.
    package func request(_ method: String = "GET", _ path: String = "/", body: String = "") throws -> HTTPRequest {
        HTTPRequest(method, try origin(), path: path, body: Array(body.utf8), isLocal: true)
    }

    /// What it was asked so far.
    package func requests() throws -> [Request] {
        try folder.contents("record").split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Request.self, from: Data($0))
        }
    }
}

extension HTTPResponse {
    /// The body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
