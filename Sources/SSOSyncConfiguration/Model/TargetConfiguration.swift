// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What the configuration says about one database server.
public struct TargetConfiguration: Hashable, Sendable, Encodable {
    /// The kind of server.
    public enum Engine: String, Hashable, Sendable, Encodable, CaseIterable {
        /// PostgreSQL.
        case postgres
        /// MySQL and Aurora MySQL.
        case mysql

        /// The port that its servers listen on if nobody says otherwise.
        public var defaultPort: Int {
            switch self {
            case .postgres: 5_432
            case .mysql: 3_306
            }
        }
    }

    /// An instance's address.
    public struct Endpoint: Hashable, Sendable, Encodable {
        /// The host name, as it stands in the server's certificate.
        public let host: String
        /// The TCP port.
        public let port: Int

        /// An instance's address.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// The same in lower case, without the dot that may end a name: names of hosts that differ in these are one.
        var plain: Self {
            let host = host.lowercased()
            return Self(host: host.hasSuffix(".") ? String(host.dropLast()) : host, port: port)
        }
    }

    /// A server whose addresses are given.
    public struct Server: Hashable, Sendable, Encodable {
        /// The kind of server.
        public let engine: Engine
        /// The instance that takes writes.
        public let writer: Endpoint
        /// Instances that serve reads.
        public let readers: [Endpoint]

        /// The endpoints of all of its instances, spelled alike.
        var plainEndpoints: [Endpoint] { ([writer] + readers).map(\.plain) }
    }

    /// How the server is found.
    @nonexhaustive
    public enum Location: Hashable, Sendable, Encodable {
        /// By what the configuration says.
        case server(Server)
        /// By the id of a cluster, with RDS.
        case cluster(String)
        /// By the id of an instance, with RDS.
        case instance(String)
        /// By tags, with RDS: the values of all that they have to carry, by their keys. Several targets may come of it.
        case tagged([String: String])
    }

    /// What the provisioner logs in with.
    public enum Login: Hashable, Sendable, Encodable {
        /// An IAM token.
        case token
        /// A password that a file holds.
        case passwordFile(String)
        /// A password that an environment variable holds.
        case passwordVariable(String)
    }

    /// The target's name.
    public private(set) var name: TargetName
    /// What a run may do.
    public let mode: Policy.Mode
    /// The ring that the target is in: those of small numbers are changed first.
    public let ring: Int
    /// How the server is found.
    public private(set) var location: Location
    /// The database that the provisioner connects to; nil where accounts and sessions belong to no database, on MySQL, and
    /// for the default on a server that is looked up.
    public let database: String?
    /// The host part of the accounts, in lower case as MySQL stores it; nil where accounts have none, on PostgreSQL, and for
    /// the default on a server that is looked up.
    public let accountHost: String?
    /// The region, where it is given.
    public private(set) var region: String?
    /// A role to assume for looking the server up and for the provisioner's login token; nil to do both as whoever runs the
    /// program.
    public let roleArn: String?
    /// The word that the role's owner asks for.
    public let externalId: String?
    /// The provisioner's login.
    public let user: String
    /// What the provisioner logs in with.
    public let login: Login
    /// The file of certificates that the server is verified with; nil for the system's.
    public let certificateFile: String?
    /// Groups and their roles, ascending by group.
    public let groups: [Policy.GroupRule]
    /// What becomes of leavers' accounts.
    public let leavers: Policy.Leavers
    /// The limits on what a day may change.
    public let brake: Policy.Brake
    /// Names that are never touched.
    public let protectedNames: [Glob]
    /// IAM logins without a marker that need not be reported.
    public let ignoredNames: [Glob]
    /// Exceptions to the rule that no privileged role is granted.
    public let allowPrivileged: [Policy.PrivilegedGrant]

    /// Whether RDS is asked where it is.
    var isLookedUp: Bool { if case .server = location { false } else { true } }

    /// The account of its role; nil without one, since that of whoever runs the program is not known.
    var account: String? { roleArn?.accountOfARN }

    /// Whether its server is in the account of whoever runs the program, whichever that is: no role leads to another, and it is
    /// looked up there, or logged in to by a token that only holds there.
    var isInCallersAccount: Bool { roleArn == nil && (isLookedUp || login == .token) }

    /// Where the server is, in words: `222222222222 eu-west-1 cluster database-1`, with the account that is looked into if the
    /// configuration says it; nil if that is not known.
    func server(in region: String?) -> String? {
        let place: String? =
            switch location {
            case .server(let server): "\(server.writer.host):\(server.writer.port)"
            case .cluster(let id): "cluster \(id)"
            case .instance(let id): "instance \(id)"
            case .tagged: nil
            }
        let words = [account, region, place].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// One of those that were found by tags: what was said about them all holds for each.
    func found(_ name: TargetName, at location: Location, in region: String) -> TargetConfiguration {
        var found = self
        (found.name, found.location, found.region) = (name, location, region)
        return found
    }

    /// What the planner has to know.
    ///
    /// - Parameters:
    ///   - owner: The deployment.
    ///   - rollout: How far it lets runs go; nil for as far as modes do.
    public func policy(owner: DeploymentOwner, rollout: RolloutConfiguration? = nil) -> Policy {
        let hold = rollout?.hold(onRing: ring)
        // That it is in a later ring makes no difference to a target that is only planned anyway.
        let isRedundant = if case .ring = hold { mode == .plan } else { false }
        return Policy(
            target: name,
            owner: owner,
            mode: mode,
            hold: isRedundant ? nil : hold,
            groups: groups,
            leavers: leavers,
            brake: brake,
            protectedNames: protectedNames,
            ignoredNames: ignoredNames,
            allowPrivileged: allowPrivileged
        )
    }
}

extension String {
    /// The account that an ARN names; nil if it names none.
    var accountOfARN: String? {
        let parts = split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 4 && !parts[4].isEmpty ? String(parts[4]) : nil
    }
}
