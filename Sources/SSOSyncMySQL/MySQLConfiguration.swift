// SPDX-License-Identifier: Apache-2.0

/// A server's address.
public struct MySQLEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// The host name, as it stands in the server's certificate.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// A server's address.
    public init(host: String, port: Int = 3306) {
        self.host = host
        self.port = port
    }

    /// `host:port`.
    public var description: String { "\(host):\(port)" }
}

/// How a MySQL target is reached.
public struct MySQLConfiguration: Sendable {
    /// The instance that takes writes.
    ///
    /// A proxy is refused.
    public var writer: MySQLEndpoint
    /// Instances that serve reads: on them, too, a leaver's sessions are ended.
    public var readers: [MySQLEndpoint] = []
    /// Why there may be more instances that serve reads than ``readers``: what could not be found out about, each with the
    /// reason.
    ///
    /// Nobody is reported out as long as there is any, as if each were a reader that does not answer.
    public var unknownReaders: [String] = []
    /// The provisioner's login.
    public var user: String
    /// The host part of the accounts that are made: from where people may log in.
    ///
    /// Accounts that were made with another one stay as they are. In lower case, as the server stores it.
    public var accountHost = "%" { didSet { accountHost = accountHost.lowercased() } }
    /// A file of certificates in PEM format that the server is verified with; nil for the system's.
    public var caFile: String?
    /// How long to wait for an instance to accept a connection, in seconds.
    public var connectTimeout = 10
    /// How long one reading statement may take, in milliseconds.
    public var statementTimeout = 60_000
    /// How long one statement may wait for another session's lock, in milliseconds.
    ///
    /// The server counts whole seconds, so this is rounded up to them.
    public var lockTimeout = 10_000
    /// The same as the server takes it.
    var lockTimeoutSeconds: Int { max(1, (lockTimeout + 999) / 1_000) }
    /// How long to wait for leavers to be out, once their sessions have been told to end.
    public var outTimeout: Duration = .seconds(30)
    /// How long dropping accounts may take in one run; what is left is for the next one.
    public var dropBudget: Duration = .seconds(60)
    /// Whether blockers of a drop are listed by name.
    public var namesBlockers = false

    /// How a MySQL target is reached.
    public init(writer: MySQLEndpoint, user: String) {
        self.writer = writer
        self.user = user
    }
}
