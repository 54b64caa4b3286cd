// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An engine, in one version, that tests run on.
package enum TestEngine: Hashable, Sendable {
    /// PostgreSQL in a major version.
    case postgres(Int)
    /// MySQL.
    case mysql

    /// Those that `dev/servers` can make servers of on this machine.
    ///
    /// `SSOSYNC_TEST_ENGINE=MySQL` in the environment chooses one, `PostgreSQL` all versions of it.
    package static let tested: [TestEngine] = {
        let all = PostgresVersions.tested.map(TestEngine.postgres) + [.mysql]
        guard let name = ProcessInfo.processInfo.environment["SSOSYNC_TEST_ENGINE"] else { return all }
        let chosen = all.filter { $0.description == name || $0.description.hasPrefix("\(name) ") }
        // Tests without cases would all pass.
        precondition(!chosen.isEmpty, "SSOSYNC_TEST_ENGINE=\(name) is none of \(all)")
        return chosen
    }()

    /// Makes a server of a test's own, with a standby if wanted.
    package func makeServer(standby: Bool = false) async throws -> any TestServer {
        switch self {
        case .postgres(let version): try await ScratchServer(version: version, standby: standby)
        case .mysql: try await MySQLScratchServer(standby: standby)
        }
    }
}

extension TestEngine: CustomStringConvertible {
    /// As a test says which case it runs: `PostgreSQL 17`.
    package var description: String {
        switch self {
        case .postgres(let version): "PostgreSQL \(version)"
        case .mysql: "MySQL"
        }
    }
}
