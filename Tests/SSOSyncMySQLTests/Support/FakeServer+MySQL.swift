// SPDX-License-Identifier: Apache-2.0

import SSOSyncMySQL
import SSOSyncTestSupport

extension FakeServer {
    /// - Parameter mode: What it does, as fake_server.py lists it.
    convenience init(_ mode: String, certificate: TestCertificates.Pair? = nil) throws {
        let script = "Tests/SSOSyncMySQLTests/Support/fake_server.py"
        try self.init(script: script, mode: mode, certificate: certificate)
    }

    /// Options that lead to it.
    func options(
        authority: String? = nil,
        host: String = "localhost",
        connectTimeout: Int = 5
    ) throws -> MySQLConnectionOptions {
        MySQLConnectionOptions(
            host: host,
            port: port,
            user: "sso_provisioner",
            caFile: try authority ?? TestCertificates.shared.get().authority,
            connectTimeout: connectTimeout
        )
    }
}
