// SPDX-License-Identifier: Apache-2.0

/// A server's address.
public struct PostgresEndpoint: Hashable, Sendable {
    /// The host name, as it stands in the server's certificate.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// A server's address.
    public init(host: String, port: Int = 5432) {
        self.host = host
        self.port = port
    }
}

/// How a PostgreSQL target is reached.
public struct PostgresConfiguration: Sendable {
    /// The instance that takes writes.
    ///
    /// A proxy is refused.
    public var writer: PostgresEndpoint
    /// Instances that serve reads: on them, too, a leaver's sessions are ended.
    public var readers: [PostgresEndpoint] = []
    /// Why there may be more instances that serve reads than ``readers``: what could not be found out about, each with the
    /// reason.
    ///
    /// Nobody is reported out as long as there is any, as if each were a reader that does not answer.
    public var unknownReaders: [String] = []
    /// The database that the provisioner connects to and takes its lock in.
    public var database = "postgres"
    /// The provisioner's login.
    public var user: String
    /// A file of certificates in PEM format that the server is verified with; nil for the system's.
    public var caFile: String?
    /// How long to wait for an instance to accept a connection, in seconds.
    public var connectTimeout = 10
    /// How long one statement may take, in milliseconds.
    public var statementTimeout = 60_000
    /// How long one statement may wait for another session's lock on an account or role, in milliseconds.
    public var lockTimeout = 10_000
    /// How long to wait for leavers to be out, once their sessions have been told to end.
    public var outTimeout: Duration = .seconds(30)
    /// How long dropping accounts may take in one run; what is left is for the next one.
    public var dropBudget: Duration = .seconds(60)
    /// Whether blockers of a drop are listed by name, at the price of one more connection for each database.
    public var namesBlockers = false

    /// How a PostgreSQL target is reached.
    public init(writer: PostgresEndpoint, user: String) {
        self.writer = writer
        self.user = user
    }
}
