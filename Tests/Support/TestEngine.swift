// SPDX-License-Identifier: Apache-2.0

/// An engine, in one version, that tests run on.
package enum TestEngine: Hashable, Sendable {
    /// PostgreSQL in a major version.
    case postgres(Int)
    /// MySQL.
    case mysql

    /// Those that `dev/servers` can make servers of on this machine.
    package static let tested = PostgresVersions.tested.map(TestEngine.postgres) + [.mysql]

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
