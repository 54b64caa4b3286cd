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

    /// - Parameters:
    ///   - server: The server.
    ///   - user: Who logs in.
    ///   - former: Whom it logs in as without hesitation, to change to the other user then.
    ///   - pulse: For how many seconds it hesitates, if it is not until it is told to go on; after that it begins to change again.
    init(_ server: MySQLScratchServer, as user: String, after former: String? = nil, pulse: Double? = nil) async throws
    {
        var logins: [String] = []
        for name in [former, user].compactMap({ $0 }) {
            let token = try await IAMStandIn.tokens.secret(host: "localhost", port: server.port, user: name)
            logins += [name, token.exposed]
        }
        let script = ChildProcess.root.appendingPathComponent("Tests/SSOSyncIntegrationTests/MySQL/slow_login.py").path
        process = try BackgroundProcess(
            ["python3", script] + (pulse.map { ["--pulse", "\($0)"] } ?? []) + ["\(server.port)"] + logins,
            hasInput: true
        )
        guard process.readLine() == "asked" else { throw ChildProcess.Failure(description: "the login did not begin") }
    }

    /// Goes on, and says whether the server lets it in.
    func proceed() -> String? {
        process.writeLine()
        return process.readLine()
    }

    func stop() { process.stop() }
}
