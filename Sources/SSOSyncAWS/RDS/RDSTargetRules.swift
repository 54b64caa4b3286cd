// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Decides from RDS's descriptions what can be provisioned, and where; asks nobody.
struct RDSTargetRules {
    let name: RDSTargetName
    let region: String

    /// An instance that follows the target, and the Region that it is in.
    struct Copy: Sendable, Hashable {
        let instance: RDSInstance
        let region: String
    }

    /// What is known of the target beside its own description.
    struct Surroundings {
        /// The members of the cluster; nil if it is not known what they are.
        var members: [RDSInstance]? = []
        /// Read replicas, and the members of clusters that follow.
        var copies: [Copy] = []
        var deployments: [RDSBlueGreenDeployment] = []
        /// What could not be looked up.
        var unseen: [String] = []
    }

    // MARK: Refusals

    /// Refuses a cluster that cannot be provisioned, whatever surrounds it.
    ///
    /// - Throws: ``SyncError``: unsupported, deferred, unreachable.
    func check(_ cluster: RDSCluster) throws(SyncError) {
        _ = try engine(cluster.engine)
        guard cluster.engineMode != "serverless" else {
            throw refusal(
                "is Aurora Serverless v1, which has no IAM authentication: move it to Aurora Serverless v2 or to instances"
            )
        }
        guard !cluster.isLimitless else {
            throw refusal(
                "is an Aurora Limitless Database: its accounts live on routers and shards, where they cannot be locked at once"
            )
        }
        if let source = cluster.source { throw refusal("is a replica of \(source) and takes no writes: give that one") }
        try check(status: cluster.status)
        guard !cluster.members.isEmpty else {
            throw SyncError(.unreachable, "\(name) in \(region) has no instances, so there is nobody to ask")
        }
    }

    /// Refuses an instance that cannot be provisioned, whatever surrounds it.
    ///
    /// - Throws: ``SyncError``: unsupported, deferred, unreachable.
    func check(_ instance: RDSInstance) throws(SyncError) {
        _ = try engine(instance.engine)
        if let cluster = instance.cluster {
            throw refusal("is a member of cluster \(cluster): give that one, by cluster: \(cluster)")
        }
        if let source = instance.source {
            throw refusal("is a replica of \(source) and takes no writes: give that one")
        }
        try check(status: instance.status)
    }

    /// Refuses a cluster that is a global database's secondary.
    ///
    /// - Throws: ``SyncError``: unsupported.
    func check(_ cluster: RDSCluster, in global: RDSGlobalCluster?) throws(SyncError) {
        guard let global, let part = global.members.first(where: { $0.cluster == cluster.arn }), !part.isWriter else {
            return
        }
        let writer = global.members.first(where: \.isWriter)?.cluster ?? "its primary cluster"
        throw refusal("is a secondary of the global database \(global.id) and takes no writes: give \(writer)")
    }

    private func engine(_ engine: String) throws(SyncError) -> RDSTarget.Engine {
        switch engine {
        case "postgres", "aurora-postgresql": return .postgres
        case "mysql", "aurora-mysql": return .mysql
        case "aurora": throw refusal("is Aurora MySQL of a version before 2, which has no roles: upgrade it")
        case "mariadb": throw refusal("is MariaDB, which cannot be provisioned yet")
        default: throw refusal("is \(engine), and neither PostgreSQL nor MySQL")
        }
    }

    /// In which states nobody can log in; while a server starts or stops it may let people in, so that it is worth the try.
    ///
    /// What these states mean:
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status>.
    private func check(status: String) throws(SyncError) {
        switch status {
        case "stopped", "creating", "inaccessible-encryption-credentials-recoverable":
            throw SyncError(
                .deferred,
                "\(name) in \(region) is \(status), so nobody can log in to it now. Nothing was done; the first run after it "
                    + "is available does it"
            )
        case "deleting", "failed", "inaccessible-encryption-credentials", "restore-error", "migration-failed",
            "incompatible-network", "incompatible-parameters", "incompatible-restore", "cloning-failed":
            throw SyncError(.unreachable, "\(name) in \(region) cannot be reached: its state is \(status)")
        default: return
        }
    }

    private func refusal(_ reason: String) -> SyncError { SyncError(.unsupported, "\(name) in \(region) \(reason)") }

    // MARK: Where else to look

    /// Clusters and instances that follow a cluster, and what cannot be followed up.
    func followers(of cluster: RDSCluster, in global: RDSGlobalCluster?) -> ([RDSResourceARN], unseen: [String]) {
        var unseen: [String] = []
        var followers = Self.replicas(of: cluster, in: region)
        for member in global?.members ?? [] where member.cluster != cluster.arn {
            guard let arn = RDSResourceARN(member.cluster) else {
                unseen.append("\(name): its global database names \(member.cluster), which is no cluster")
                continue
            }
            followers.append(arn)
        }
        return (followers, unseen)
    }

    /// Clusters and instances that are replicas of a cluster which is in a Region.
    static func replicas(of cluster: RDSCluster, in region: String) -> [RDSResourceARN] {
        let kind = cluster.engine.hasPrefix("aurora") ? "cluster" : "db"
        return cluster.replicas.map { RDSResourceARN(reference: $0, kind: kind, region: region) }
    }

    /// Clusters and instances that follow an instance which is in a Region.
    static func followers(of instance: RDSInstance, in region: String) -> [RDSResourceARN] {
        instance.replicas.map { RDSResourceARN(reference: $0, kind: "db", region: region) }
            + instance.replicaClusters.map { RDSResourceARN(reference: $0, kind: "cluster", region: region) }
    }

    // MARK: The target

    /// Puts a cluster together with what surrounds it.
    ///
    /// - Throws: ``SyncError``: unsupported, unreachable.
    func target(_ cluster: RDSCluster, _ surroundings: Surroundings) throws(SyncError) -> RDSTarget {
        let engine = try engine(cluster.engine)
        let members = surroundings.members ?? []
        guard let host = cluster.host else { throw noEndpoint }
        let writers = Set(cluster.members.filter(\.isWriter).map(\.instance))
        let (others, own) = (members.filter { !writers.contains($0.id) }, members.filter { writers.contains($0.id) })
        let port = cluster.port ?? members.lazy.compactMap(\.port).first ?? engine.defaultPort
        var target = try target(
            engine: engine,
            version: cluster.engineVersion,
            resourceId: cluster.resourceId,
            arn: cluster.arn,
            state: cluster.status,
            writer: RDSTarget.Endpoint(host: host, port: port, region: region),
            copies: others.map { Copy(instance: $0, region: region) } + surroundings.copies,
            writerInstances: own.compactMap { instance in
                instance.host.map { RDSTarget.Endpoint(host: $0, port: instance.port ?? port, region: region) }
            },
            hasIAMAuthentication: cluster.hasIAMAuthentication,
            mayPause: cluster.minimumCapacity == 0,
            deployments: surroundings.deployments,
            unseen: surroundings.unseen + Self.lostMembers(of: cluster, surroundings.members).map { "\(name) \($0)" }
        )
        target.aliases = cluster.aliases.map { RDSTarget.Endpoint(host: $0, port: port, region: region) }
        return target
    }

    /// Members that RDS lists and does not describe: they are being made, or go.
    static func lostMembers(of cluster: RDSCluster, _ described: [RDSInstance]?) -> [String] {
        guard let described = described.map({ Set($0.map(\.id)) }) else { return [] }
        return cluster.members.filter { !described.contains($0.instance) }.map {
            "has a member, \($0.instance), that RDS does not describe: it will do so when it is there or gone"
        }
    }

    /// Puts an instance together with what surrounds it.
    ///
    /// - Throws: ``SyncError``: unsupported, unreachable.
    func target(_ instance: RDSInstance, _ surroundings: Surroundings) throws(SyncError) -> RDSTarget {
        let engine = try engine(instance.engine)
        guard let host = instance.host else { throw noEndpoint }
        return try target(
            engine: engine,
            version: instance.engineVersion,
            resourceId: instance.resourceId,
            arn: instance.arn,
            state: instance.status,
            writer: RDSTarget.Endpoint(host: host, port: instance.port ?? engine.defaultPort, region: region),
            copies: surroundings.copies,
            writerInstances: [],
            hasIAMAuthentication: instance.hasIAMAuthentication,
            mayPause: false,
            deployments: surroundings.deployments,
            unseen: surroundings.unseen
        )
    }

    private func target(
        engine: RDSTarget.Engine,
        version: String,
        resourceId: String,
        arn: String,
        state: String,
        writer: RDSTarget.Endpoint,
        copies: [Copy],
        writerInstances: [RDSTarget.Endpoint],
        hasIAMAuthentication: Bool,
        mayPause: Bool,
        deployments: [RDSBlueGreenDeployment],
        unseen: [String]
    ) throws(SyncError) -> RDSTarget {
        let ours = try self.deployments(of: arn, deployments)
        let (readers, idle) = readers(copies, engine)
        return RDSTarget(
            name: name,
            engine: engine,
            engineVersion: version,
            resourceId: resourceId,
            state: state,
            writer: writer,
            readers: readers,
            writerInstances: writerInstances,
            hasIAMAuthentication: hasIAMAuthentication,
            mayPause: mayPause,
            deployments: ours,
            notices: idle + ours.map(notice),
            unseen: unseen.sorted()
        )
    }

    private var noEndpoint: SyncError {
        SyncError(.unreachable, "\(name) in \(region) has no endpoint: RDS shows none until it is created")
    }

    /// Instances that serve reads, and what is to be said about the others: whoever is stopped or not made yet has nobody
    /// logged in.
    private func readers(_ copies: [Copy], _ engine: RDSTarget.Engine) -> ([RDSTarget.Endpoint], [String]) {
        var readers: Set<RDSTarget.Endpoint> = []
        var notices: [String] = []
        for copy in copies {
            let (instance, port) = (copy.instance, copy.instance.port ?? engine.defaultPort)
            guard let host = instance.host, instance.status != "stopped" else {
                notices.append("reader \(instance.id) in \(copy.region) was left out: it is \(instance.status)")
                continue
            }
            readers.insert(RDSTarget.Endpoint(host: host, port: port, region: copy.region))
            // A cluster's members have their cluster's setting.
            if instance.cluster == nil, !instance.hasIAMAuthentication {
                notices.append(
                    "reader \(instance.id) in \(copy.region) has IAM authentication turned off, so sessions there cannot be "
                        + "ended: \(RDSTarget.remedy(.instance(instance.id), region: copy.region))"
                )
            }
        }
        let ordered = readers.sorted { ($0.region, $0.host, $0.port) < ($1.region, $1.host, $1.port) }
        return (ordered, notices.sorted())
    }

    // MARK: Blue and green

    /// Those whose other side may let people in.
    private func deployments(
        of arn: String,
        _ deployments: [RDSBlueGreenDeployment]
    ) throws(SyncError) -> [RDSBlueGreenDeployment] {
        if let green = deployments.first(where: { $0.isInProgress && $0.target == arn }) {
            throw refusal(
                "is the green side of the Blue/Green deployment \(green.id), which is \(green.status): give the blue one, "
                    + green.source
            )
        }
        return deployments.filter { deployment in
            deployment.isInProgress && deployment.source == arn
                || deployment.isSwitchedOver && [deployment.source, deployment.target].contains(arn)
        }
    }

    /// What is to be said about a deployment that the target is a side of.
    private func notice(of deployment: RDSBlueGreenDeployment) -> String {
        let name = "the Blue/Green deployment \(deployment.id) is \(deployment.status)"
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-switching.html
        if deployment.isSwitchedOver {
            return
                "\(name): the old database, whose name ends in -old and a number now, takes people in as well, and whoever leaves "
                + "is not locked there. Delete it once nobody needs it, and then the deployment"
        }
        let green = deployment.target.map { "green (\($0))" } ?? "green"
        return
            "\(name): nobody joins until it is over, and whoever leaves is locked on blue alone. Make sure that nobody can "
            + "log in to \(green), and run again after the switchover"
    }
}

extension RDSTarget.Engine {
    /// The port that its servers listen on if nobody says otherwise.
    fileprivate var defaultPort: Int {
        switch self {
        case .postgres: 5_432
        case .mysql: 3_306
        }
    }
}
