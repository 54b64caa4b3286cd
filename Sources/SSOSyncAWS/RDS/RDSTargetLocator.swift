// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Finds clusters and instances in RDS by their ids, with all instances that serve reads, in whichever Region.
///
/// A look-up costs few calls: two for a cluster, three for one of Aurora, one for an instance; one more for Blue/Green
/// deployments, and one for each replica and secondary cluster.
public struct RDSTargetLocator: Sendable {
    private let region: String
    private let makeClient: @Sendable (_ region: String) throws(AWSError) -> AWSClient

    /// Looks in one Region, and from there in those that replicas and secondary clusters are in.
    ///
    /// - Parameters:
    ///   - region: The target's Region.
    ///   - credentials: Where the credentials to sign with come from.
    ///   - transport: What sends requests.
    ///   - endpoints: Where RDS is found.
    ///   - configuration: How often and how fast it calls.
    public init(
        region: String,
        credentials: any CredentialsProvider,
        transport: any HTTPTransport,
        endpoints: EndpointResolver = EndpointResolver(),
        configuration: AWSClient.Configuration = AWSClient.Configuration()
    ) {
        self.region = region
        makeClient = { (region: String) throws(AWSError) in
            try AWSClient(
                .rds,
                region: region,
                credentials: credentials,
                transport: transport,
                endpoints: endpoints,
                configuration: configuration
            )
        }
    }

    /// Finds a cluster or an instance.
    ///
    /// - Parameters:
    ///   - name: What it is called.
    ///   - deadline: When to give up each call; nil to leave it to the number of attempts.
    /// - Returns: The target as it was found. It may have IAM authentication turned off.
    /// - Throws: ``SyncError``: look-up if RDS could not be asked or has no such thing; unsupported for what cannot be
    ///   provisioned; deferred for what is stopped or not ready yet; unreachable. `CancellationError` if the task was
    ///   cancelled.
    public func locate(_ name: RDSTargetName, deadline: ContinuousClock.Instant? = nil) async throws -> RDSTarget {
        do {
            let search = Search(rules: RDSTargetRules(name: name, region: region)) { region in
                RDSClient(try makeClient(region), deadline: deadline)
            }
            return switch name {
            case .cluster(let id): try await search.cluster(id)
            case .instance(let id): try await search.instance(id)
            }
        } catch let error as AWSError {
            throw SyncError(.lookUp, "\(name) in \(region) could not be looked up: \(error.message)")
        }
    }
}

/// The calls of one look-up.
private struct Search {
    let rules: RDSTargetRules
    let client: (_ region: String) throws -> RDSClient

    func cluster(_ id: String) async throws -> RDSTarget {
        let rds = try client(rules.region)
        guard let cluster = try await rds.cluster(id) else { throw missing }
        try rules.check(cluster)
        let global = try await globalCluster(of: cluster, rds)
        try rules.check(cluster, in: global)
        var surroundings = RDSTargetRules.Surroundings()
        surroundings.members = try await rds.instances(ofCluster: cluster.id).items()
        surroundings.copies = try await copies(try rules.followers(of: cluster, in: global), of: cluster.arn)
        surroundings.deployments = try await rds.blueGreenDeployments().items()
        return try rules.target(cluster, surroundings)
    }

    func instance(_ id: String) async throws -> RDSTarget {
        let rds = try client(rules.region)
        guard let instance = try await rds.instance(id) else { throw missing }
        try rules.check(instance)
        var surroundings = RDSTargetRules.Surroundings()
        surroundings.copies = try await copies(
            RDSTargetRules.followers(of: instance, in: rules.region),
            of: instance.arn
        )
        surroundings.deployments = try await rds.blueGreenDeployments().items()
        return try rules.target(instance, surroundings)
    }

    private func globalCluster(of cluster: RDSCluster, _ rds: RDSClient) async throws -> RDSGlobalCluster? {
        guard cluster.engine.hasPrefix("aurora") else { return nil }
        return try await rds.globalClusters().items().first { global in
            global.members.contains { $0.cluster == cluster.arn }
        }
    }

    /// The instances behind these, and behind what follows those in turn: replicas may have replicas.
    private func copies(_ followers: [RDSResourceARN], of target: String) async throws -> [RDSTargetRules.Copy] {
        var seen = Set([RDSResourceARN(target)].compactMap(\.self))
        var waiting = followers.filter { seen.insert($0).inserted }
        var copies: [RDSTargetRules.Copy] = []
        while let next = waiting.popLast() {
            for instance in try await instances(of: next) {
                copies.append(RDSTargetRules.Copy(instance: instance, region: next.region))
                let more = RDSTargetRules.followers(of: instance, in: next.region)
                waiting += more.filter { seen.insert($0).inserted }
            }
        }
        return copies
    }

    private func instances(of follower: RDSResourceARN) async throws -> [RDSInstance] {
        let rds = try client(follower.region)
        guard follower.kind == "db" else { return try await rds.instances(ofCluster: follower.id).items() }
        // A replica that was deleted meanwhile serves nobody.
        return try await rds.instance(follower.id).map { [$0] } ?? []
    }

    private var missing: SyncError {
        SyncError(
            .lookUp,
            "there is no \(rules.name) in \(rules.region) that these credentials see: check the id, the region, and the "
                + "account, which roleArn can change"
        )
    }
}

extension PageSequence {
    /// Everything on all pages.
    fileprivate func items<Item>() async throws -> [Item] where Page == RDSPage<Item> {
        var items: [Item] = []
        for try await page in self { items += page.items }
        return items
    }
}
