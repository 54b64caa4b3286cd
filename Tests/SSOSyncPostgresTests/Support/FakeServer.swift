// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncPostgres
import SSOSyncTestSupport

/// A server that misbehaves and records every byte it gets (fake_server.py).
final class FakeServer {
    /// What it does after the request for TLS.
    enum Mode: String, CaseIterable, Sendable, Codable {
        case refuse, close, error, garbage, silent, stuffed, password, echo, kerberos, records, old, older
    }

    let port: Int
    private let process: BackgroundProcess
    private let folder: TemporaryFolder

    init(_ mode: Mode, certificate: TestCertificates.Pair? = nil) throws {
        folder = try TemporaryFolder()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "fake_server.py"
        )
        let files = certificate.map { [$0.certificate, $0.key] } ?? []
        process = try BackgroundProcess(["python3", script.path, mode.rawValue, folder.file("record")] + files)
        guard let line = process.readLine(), let port = Int(line) else {
            throw ChildProcess.Failure(description: "the fake server did not start")
        }
        self.port = port
    }

    /// Whether a client has connected and said anything.
    var hasClient: Bool { !folder.contents("record.raw").isEmpty }

    /// Everything it got, as it came and out of TLS, after the client has gone.
    func received() -> (raw: [UInt8], plain: [UInt8]) {
        _ = process.readLine()
        process.stop()
        return (folder.contents("record.raw"), folder.contents("record.plain"))
    }

    /// Options that lead to it.
    func options(
        authority: String? = nil,
        host: String = "localhost",
        connectTimeout: Int = 5
    ) throws -> PostgresConnectionOptions {
        PostgresConnectionOptions(
            host: host,
            port: port,
            user: "sso_provisioner",
            caFile: try authority ?? TestCertificates.shared.get().authority,
            connectTimeout: connectTimeout
        )
    }
}

extension [UInt8] {
    /// Whether a text's bytes are in these.
    func contains(text: String) -> Bool {
        firstRange(of: Array(text.utf8)) != nil
    }
}
