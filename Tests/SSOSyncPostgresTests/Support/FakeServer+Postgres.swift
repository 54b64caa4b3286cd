// SPDX-License-Identifier: Apache-2.0

import SSOSyncPostgres
import SSOSyncTestSupport

extension FakeServer {
    /// What fake_server.py does after the request for TLS.
    enum Mode: String, CaseIterable, Sendable, Codable {
        case refuse, close, error, garbage, silent, stuffed, password, echo, kerberos, records, old, older
    }

    convenience init(_ mode: Mode, certificate: TestCertificates.Pair? = nil) throws {
        let script = "Tests/SSOSyncPostgresTests/Support/fake_server.py"
        try self.init(script: script, mode: mode.rawValue, certificate: certificate)
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
