// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore

/// Connections to writers that runs have finished with, for the next run that wants the same one.
///
/// For processes that work on a few people at a time, again and again: to connect takes a TLS handshake, which is most of what
/// such a process has to reckon.
///
/// Eight are kept at most, idle for 45 seconds at most, since the server ends them after a minute, and for five minutes in all.
/// What is kept has no lock. If anything went wrong in a run, its connection is not kept. Before the next one uses it, the
/// host's name has to lead to the same address still, and the provisioner logs in on it anew, with a new token: the server lets
/// it in or does not, forgets all of the former session, and is asked what it is asked on a new connection. Otherwise a new one
/// is made.
///
/// Whoever looks at everybody begins with ``hangUp()``.
public final class MySQLConnections: Sendable {
    private let keeper = Keeper<MySQLConnectionOptions, Line>()

    /// Keeps nothing yet.
    public init() {}

    /// Ends what is kept.
    public func hangUp() { keeper.letGo() }

    /// A connection, with what it takes to keep it.
    struct Line: Sendable {
        let connection: MySQLConnection
        fileprivate let options: MySQLConnectionOptions
        fileprivate let made = KeepingMoment.now

        /// A new connection.
        init(_ connection: MySQLConnection, _ options: MySQLConnectionOptions) {
            self.connection = connection
            self.options = MySQLConnections.key(options)
        }
    }

    /// A connection that was kept and is nobody else's now.
    func take(_ options: MySQLConnectionOptions) -> Line? { keeper.take(Self.key(options), now: .now)?.value }

    /// Keeps a connection on which there is no lock any more.
    ///
    /// - Returns: Whether it could be kept; otherwise it is the caller's to end.
    func keep(_ line: Line) async -> Bool {
        guard await !line.connection.isClosed else { return false }
        keeper.keep(Keeper.Item(line, made: line.made), for: line.options, now: .now)
        return true
    }

    /// The same for each run, which goes by its own name.
    private static func key(_ options: MySQLConnectionOptions) -> MySQLConnectionOptions {
        var options = options
        options.programName = ""
        return options
    }
}
