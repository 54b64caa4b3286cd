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
/// in a run, its connection is not kept; and before the next one uses it, the host's name has to lead to the same address still,
/// and the server is asked what it is asked on a new one: whether it takes writes, what the provisioner may do, and whether it
/// may still log in and is in `rds_iam`. Otherwise a new connection is made, and the server lets it in or does not.
///
/// What the server does not know, it cannot say: an IAM policy that the provisioner has lost, for one. So whoever looks at
/// everybody begins with ``hangUp()``.
public final class PostgresConnections: Sendable {
    private let keeper = Keeper<PostgresConnectionOptions, Line>()

    /// Keeps nothing yet.
    public init() {}

    /// Ends what is kept.
    public func hangUp() { keeper.letGo() }

    /// A connection, with what it takes to keep it.
    struct Line: Sendable {
        let connection: PostgresConnection
        /// What let the provisioner in.
        let admission: ServerFacts.Admission
        fileprivate let options: PostgresConnectionOptions
        fileprivate let made = KeepingMoment.now

        /// A new connection.
        init(_ connection: PostgresConnection, _ options: PostgresConnectionOptions, _ facts: ServerFacts) {
            (self.connection, admission) = (connection, facts.admission)
            self.options = PostgresConnections.key(options)
        }
    }

    /// A connection that was kept and is nobody else's now.
    func take(_ options: PostgresConnectionOptions) -> Line? { keeper.take(Self.key(options), now: .now)?.value }

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
        keeper.keep(Keeper.Item(line, made: line.made), for: line.options, now: .now)
        return true
    }

    /// The same for each run, which goes by its own name.
    private static func key(_ options: PostgresConnectionOptions) -> PostgresConnectionOptions {
        var options = options
        options.applicationName = ""
        return options
    }
}
