// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport

/// A server of a test's own that answers as it is told, and records what it was asked: http_server.py.
final class HTTPServer: Sendable {
    /// How one request is answered; the script says what each part means.
    struct Reply: Encodable {
        var path: String?
        var times: Int?
        var status: Int?
        var headers: [String: String]?
        var padding: Int?
        var body: String?
        var echo: Bool?
        var size: Int?
        var delay: Double?
        var pause: Double?
        var chunked: Bool?
        var fault: String?
    }

    /// What a request looked like to the server.
    struct Request: Decodable, Sendable {
        let connection: Int
        let method: String
        let target: String
        let headers: [[String]]
        let body: String

        func header(_ name: String) -> String? {
            headers.first { $0[0].lowercased() == name.lowercased() }?[1]
        }
    }

    let port: Int
    private let isTLS: Bool
    private let process: BackgroundProcess
    private let folder: TemporaryFolder

    /// Starts a server that answers with these, in their order.
    convenience init(_ replies: [Reply], certificate: TestCertificates.Pair? = nil) async throws {
        let script = try JSONEncoder().encode(replies)
        try await self.init(mode: String(decoding: script, as: UTF8.self), certificate: certificate)
    }

    /// Starts a server of a kind that the script knows: `h2` or `proxy`.
    init(mode: String, certificate: TestCertificates.Pair? = nil) async throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        isTLS = certificate != nil
        let files = certificate.map { [$0.certificate, $0.key] } ?? []
        let script = ChildProcess.root.appending(path: "Tests/SSOSyncAWSTests/Support/http_server.py").path
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
    func stop() { process.stop() }

    /// Who it is, by the name in its certificate.
    func origin(_ scheme: HTTPOrigin.Scheme? = nil, host: String = "localhost") throws -> HTTPOrigin {
        try HTTPOrigin(scheme ?? (isTLS ? .https : .http), host: host, port: port)
    }

    /// A request to it.
    func request(_ method: String = "GET", _ path: String = "/", body: String = "") throws -> HTTPRequest {
        HTTPRequest(method, try origin(), path: path, body: Array(body.utf8), isLocal: true)
    }

    /// What it was asked so far.
    func requests() throws -> [Request] {
        try folder.contents("record").split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Request.self, from: Data($0))
        }
    }
}

extension HTTPResponse {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
}
