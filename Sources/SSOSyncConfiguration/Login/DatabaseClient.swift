// SPDX-License-Identifier: Apache-2.0

/// A program that people talk to a server with.
public enum DatabaseClient: Hashable, Sendable {
    /// PostgreSQL's.
    case psql
    /// Oracle's for MySQL.
    case mysql
    /// MariaDB's, which goes by the name `mysql`, too, and takes other options.
    case mariadb

    /// The program's usual name for servers of an engine.
    public static func program(for engine: TargetConfiguration.Engine) -> String {
        switch engine {
        case .postgres: "psql"
        case .mysql: "mysql"
        }
    }

    /// Tells a program by what it prints for `--version`.
    ///
    /// - Parameters:
    ///   - engine: The engine that it is for.
    ///   - version: What it printed.
    public init(for engine: TargetConfiguration.Engine, version: String) {
        switch engine {
        case .postgres: self = .psql
        case .mysql: self = version.lowercased().contains("mariadb") ? .mariadb : .mysql
        }
    }
}
