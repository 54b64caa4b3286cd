// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What a target is called in RDS.
public enum RDSTargetName: Sendable, Hashable, CustomStringConvertible {
    /// A cluster's id: Aurora, or RDS with several instances in a cluster.
    case cluster(String)
    /// The id of an instance that is in no cluster.
    case instance(String)

    /// For people: `cluster database-1`.
    public var description: String {
        switch self {
        case .cluster(let id): "cluster \(id)"
        case .instance(let id): "instance \(id)"
        }
    }
}

/// A server in RDS that can be provisioned, as it was found.
public struct RDSTarget: Sendable, Hashable {
    /// The kind of server.
    @nonexhaustive
    public enum Engine: Sendable, Hashable {
        /// PostgreSQL and Aurora PostgreSQL.
        case postgres
        /// MySQL and Aurora MySQL.
        case mysql
    }

    /// The address of an instance, or of a cluster's writer.
    public struct Endpoint: Sendable, Hashable {
        /// The host name.
        public let host: String
        /// The TCP port.
        public let port: Int
        /// The Region that login tokens for it are made for.
        public let region: String
    }

    /// What it is called.
    public let name: RDSTargetName
    /// The kind of server.
    public let engine: Engine
    /// RDS's name for the engine's version, such as `16.4` or `8.0.mysql_aurora.3.08.0`.
    public let engineVersion: String
    /// The id that login policies name it by: `cluster-…` or `db-…`.
    public let resourceId: String
    /// What it does now, such as `available`.
    public let state: String
    /// Where it takes writes.
    public let writer: Endpoint
    /// All instances that serve reads, replicas and members of secondary clusters included, in the order of Regions and hosts.
    public let readers: [Endpoint]
    /// The instance that RDS takes for the cluster's writer, and where it changes several or none; none for an instance.
    ///
    /// After a failover ``writer`` leads to another one, before RDS says so, and this one serves reads: leavers have to be
    /// looked for on it, too.
    public let writerInstances: [Endpoint]
    /// Whether people log in by IAM token.
    public let hasIAMAuthentication: Bool
    /// Whether it pauses when nobody is connected, so that the first connection has to wait for it.
    public let mayPause: Bool
    /// Blue/Green deployments whose other side may let people in: in progress, with this as blue, or switched over.
    public let deployments: [RDSBlueGreenDeployment]
    /// What people should know: readers that were left out, say.
    public let notices: [String]
    /// What RDS did not describe, each with the reason and what to do: there may be instances that serve reads behind it.
    ///
    /// As long as there is any, nobody can be known to be out of all of them.
    public let unseen: [String]

    /// Calls that failed and would have told whether it takes no writes: as a Blue/Green deployment's green side, or as a global
    /// database's secondary cluster; each with the reason.
    ///
    /// Whoever gave it by its id knows which one it is; whoever found it by its tags does not.
    public internal(set) var unclearSides: [String] = []

    /// Endpoints of a cluster that lead to one of its instances, now to this one and now to that: its reader endpoint, and its
    /// custom ones.
    public internal(set) var aliases: [Endpoint] = []

    /// A Blue/Green deployment that it is the blue side of, and that is still in progress.
    public var deployment: RDSBlueGreenDeployment? { deployments.first(where: \.isInProgress) }

    /// How long to wait for a connection, in seconds; nil if there is nothing special about it.
    ///
    /// Resuming takes about 15 seconds, and 30 or more after a day of rest
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html>).
    public var connectTimeout: Int? { mayPause ? 60 : nil }

    /// Sees to it that people can log in by IAM token.
    ///
    /// - Throws: ``SyncError`` that says how to turn it on.
    public func requireIAMAuthentication() throws(SyncError) {
        guard !hasIAMAuthentication else { return }
        throw SyncError(
            .authentication,
            "\(name) has IAM authentication turned off, so nobody can log in by token. Turn it on (what "
                + "else is pending is applied with it: see PendingModifiedValues first): \(commandForIAMAuthentication)"
        )
    }

    /// The command that turns IAM authentication on, at once, and applies whatever other change is pending.
    public var commandForIAMAuthentication: String { Self.remedy(name, region: writer.region) }

    /// How IAM authentication is turned on
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Enabling.html>).
    static func remedy(_ name: RDSTargetName, region: String) -> String {
        let command =
            switch name {
            case .cluster(let id): "modify-db-cluster --db-cluster-identifier \(id)"
            case .instance(let id): "modify-db-instance --db-instance-identifier \(id)"
            }
        return "aws rds \(command) --region \(region) --enable-iam-database-authentication --apply-immediately"
    }
}
