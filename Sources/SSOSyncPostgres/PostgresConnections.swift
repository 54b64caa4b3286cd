// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import SSOSyncSQL

/// Connections to writers that runs have finished with, for the next run that wants the same one.
///
/// For processes that work on a few people at a time, again and again, and have the login take most of it: from PostgreSQL 16 on
/// the server goes through all accounts to see whether the provisioner is in `rds_iam`, for a tenth of a second and more with ten
/// thousand of them (measured).
///
/// Eight are kept at most, idle for 45 seconds at most, since the server ends them after a minute, and for five minutes in all.
/// What is kept has no lock, no transaction and no temporary object, and the settings that it began with. If anything went wrong
/// in a run, its connection is not kept; and before the next one uses it, the server is asked what it is asked on a new one.
///
/// A login is refused at once if the provisioner has lost `rds_iam` or its IAM policy; a connection that stands is not. So
/// whoever looks at everybody begins with ``hangUp()``.
public final class PostgresConnections: Sendable {
    private let keeper = Keeper<PostgresConnectionOptions, PostgresConnection>()

    /// Keeps nothing yet.
    public init() {}

    /// Ends what is kept.
    public func hangUp() { keeper.letGo() }

    /// A connection, with what it takes to keep it.
    struct Line: Sendable {
        let connection: PostgresConnection
        fileprivate let options: PostgresConnectionOptions
        fileprivate let made: KeepingMoment

        /// A new connection.
        init(_ connection: PostgresConnection, _ options: PostgresConnectionOptions) {
            self.init(connection, PostgresConnections.key(options), made: .now)
        }

        fileprivate init(_ connection: PostgresConnection, _ options: PostgresConnectionOptions, made: KeepingMoment) {
            (self.connection, self.options, self.made) = (connection, options, made)
        }
    }

    /// A connection that was kept and is nobody else's now.
    func take(_ options: PostgresConnectionOptions) -> Line? {
        let options = Self.key(options)
        return keeper.take(options, now: .now).map { Line($0.value, options, made: $0.made) }
    }

    /// Keeps a connection, with nothing left on it of who used it.
    ///
    /// - Returns: Whether it could be made so; otherwise it is the caller's to end.
    func keep(_ line: Line) async -> Bool {
        let connection = line.connection
        guard await !connection.isClosed, await !connection.isInTransaction else { return false }
        do {
            // Locks, temporary tables, the current role and settings go: these back to what the startup packet had.
            // https://www.postgresql.org/docs/current/sql-discard.html
            try await connection.execute("DISCARD ALL", deadline: .now.advanced(by: .seconds(2)))
        } catch {
            return false
        }
        _ = await connection.drainNotices()
        keeper.keep(Keeper.Item(connection, made: line.made), for: line.options, now: .now)
        return true
    }

    /// The same for each run, which goes by its own name.
    private static func key(_ options: PostgresConnectionOptions) -> PostgresConnectionOptions {
        var options = options
        options.applicationName = ""
        return options
    }
}

extension KeepingMoment {
    fileprivate static var now: KeepingMoment {
        KeepingMoment(wall: .milliseconds(Timestamp.now.millisecondsSince1970))
    }
}
