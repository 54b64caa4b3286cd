// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport

/// A login that has said whose it is, and hesitates to prove it.
final class SlowLogin: Sendable {
    /// Options for the server, which else gives up after ten seconds: a busy machine may need them for a run.
    static let patience = ["--connect-timeout=120"]

    private let process: BackgroundProcess

    init(_ server: MySQLScratchServer, as user: String) async throws {
        let token = try await IAMStandIn.tokens.secret(host: "localhost", port: server.port, user: user)
        let script = ChildProcess.root.appendingPathComponent("Tests/SSOSyncIntegrationTests/MySQL/slow_login.py").path
        process = try BackgroundProcess(["python3", script, "\(server.port)", user, token.exposed], hasInput: true)
        guard process.readLine() == "asked" else { throw ChildProcess.Failure(description: "the login did not begin") }
    }

    /// Goes on, and says whether the server lets it in.
    func proceed() -> String? {
        process.writeLine()
        return process.readLine()
    }

    func stop() { process.stop() }
}
