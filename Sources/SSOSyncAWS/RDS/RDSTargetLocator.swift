// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Finds clusters and instances in RDS by their ids, with all instances that serve reads, in whichever Region.
///
/// A look-up costs few calls: two for a cluster, three for one of Aurora, one for an instance; one more for Blue/Green
/// deployments, one for each replica, and two for each cluster that follows.
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

    /// How long to ask in all for what surrounds a target: a Region that is down must not keep people from being locked.
    private static let patience: Duration = .seconds(60)

    /// When to stop asking for what surrounds a target: most of the time that there is belongs to the work on it.
    private static func limit(before deadline: ContinuousClock.Instant?) -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        guard let deadline else { return now + patience }
        return now + min(patience, now.duration(to: deadline) / 3)
    }

    /// Finds a cluster or an instance.
    ///
    /// What surrounds it and could not be looked up is named in ``RDSTarget/unseen``: that is no reason not to lock people on
    /// a writer that is known.
    ///
    /// - Parameters:
    ///   - name: What it is called.
    ///   - deadline: When to give up each call; nil to leave it to the number of attempts.
    ///   - asksForSides: Whether to ask for global databases and Blue/Green deployments, which tell whether the target takes
    ///     writes, and what follows it in other Regions. Whoever only logs in need not know, nor be allowed to ask.
    /// - Returns: The target as it was found. It may have IAM authentication turned off.
    /// - Throws: ``SyncError``: look-up if RDS could not be asked or has no such thing; unsupported for what cannot be
    ///   provisioned; deferred for what is stopped or not ready yet; unreachable. `CancellationError` if the task was
    ///   cancelled.
    public func locate(
        _ name: RDSTargetName,
        deadline: ContinuousClock.Instant? = nil,
        asksForSides: Bool = true
    ) async throws -> RDSTarget {
        do {
            let limit = Self.limit(before: deadline)
            var search = Search(
                rules: RDSTargetRules(name: name, region: region),
                rds: RDSClient(try makeClient(region), deadline: deadline),
                asksForSides: asksForSides
            ) { (region: String) throws(AWSError) in
                RDSClient(try makeClient(region), deadline: limit)
            }
            return switch name {
            case .cluster(let id): try await search.cluster(id)
            case .instance(let id): try await search.instance(id)
            }
        } catch let error as AWSError {
            throw SyncError(.lookUp, "\(name) in \(region) could not be looked up: \(error.message)")
        }
    }

    /// Finds the clusters, and the instances in no cluster, that carry tags.
    ///
    /// Costs a call for each 100 clusters, and for each 100 instances, in the Region.
    ///
    /// - Parameter tags: The values that all of these tags have to have, by their keys.
    /// - Returns: Those that were found, clusters first, ascending by id; without replicas of one among them, which are looked
    ///   for with that one.
    /// - Throws: ``SyncError``: look-up if RDS could not be asked. `CancellationError` if the task was cancelled.
    public func resources(tagged tags: [String: String]) async throws -> [RDSTaggedResource] {
        do {
            let rds = RDSClient(try makeClient(region), deadline: ContinuousClock.now + Self.patience)
            let clusters = try await rds.clusters().items().get()
            let instances = try await rds.instances().items().get()
            return RDSTaggedResource.all(clusters, instances, tagged: tags)
        } catch let error as AWSError {
            throw SyncError(.lookUp, "what carries these tags in \(region) could not be looked up: \(error.message)")
        }
    }
}

/// The calls of one look-up, those to other Regions last: one that is down takes all the time that is left.
private struct Search {
    let rules: RDSTargetRules
    /// For the target itself, in its own Region.
    let rds: RDSClient
    let asksForSides: Bool
    /// For what surrounds it.
    let client: (_ region: String) throws(AWSError) -> RDSClient
    private var surroundings = RDSTargetRules.Surroundings()
    private var unclearSides: [String] = []

    init(
        rules: RDSTargetRules,
        rds: RDSClient,
        asksForSides: Bool,
        client: @escaping (_ region: String) throws(AWSError) -> RDSClient
    ) {
        (self.rules, self.rds, self.asksForSides, self.client) = (rules, rds, asksForSides, client)
    }

    mutating func cluster(_ id: String) async throws -> RDSTarget {
        guard let cluster = try await rds.cluster(id) else { throw missing }
        try rules.check(cluster)
        let near = try client(rules.region)
        let global = try knownSide("global databases", await globalCluster(of: cluster, near)) ?? nil
        try rules.check(cluster, in: global)
        surroundings.members = try known("its instances", await near.instances(ofCluster: cluster.id).items())
        let (followers, unseen) = rules.followers(of: cluster, in: global)
        surroundings.unseen += unseen
        let ofMembers = (surroundings.members ?? []).flatMap { RDSTargetRules.followers(of: $0, in: rules.region) }
        try await addDeployments(near)
        try await addCopies(followers + ofMembers, of: cluster.arn)
        var target = try rules.target(cluster, surroundings)
        target.unclearSides = unclearSides
        return target
    }

    mutating func instance(_ id: String) async throws -> RDSTarget {
        guard let instance = try await rds.instance(id) else { throw missing }
        try rules.check(instance)
        let near = try client(rules.region)
        try await addDeployments(near)
        try await addCopies(RDSTargetRules.followers(of: instance, in: rules.region), of: instance.arn)
        var target = try rules.target(instance, surroundings)
        target.unclearSides = unclearSides
        return target
    }

    private mutating func addDeployments(_ rds: RDSClient) async throws {
        guard asksForSides else { return }
        let deployments = try knownSide("Blue/Green deployments", await rds.blueGreenDeployments().items())
        surroundings.deployments = deployments ?? []
    }

    /// What was found and tells whether the target takes writes; nil, and noted as that, too, if RDS did not say.
    private mutating func knownSide<Found>(_ what: String, _ found: Result<Found, any Error>) throws -> Found? {
        let before = surroundings.unseen.count
        let known = try known(what, found)
        unclearSides += surroundings.unseen[before...]
        return known
    }

    /// What was found; nil, and noted, if RDS did not say.
    private mutating func known<Found>(_ what: String, _ found: Result<Found, any Error>) throws -> Found? {
        do {
            return try found.get()
        } catch let error as AWSError {
            surroundings.unseen.append("\(rules.name): \(what) could not be looked up: \(error.message)")
            return nil
        }
    }

    private func globalCluster(of cluster: RDSCluster, _ rds: RDSClient) async -> Result<RDSGlobalCluster?, any Error> {
        guard asksForSides, cluster.engine.hasPrefix("aurora") else { return .success(nil) }
        return await rds.globalClusters().items().map { globals in
            globals.first { global in global.members.contains { $0.cluster == cluster.arn } }
        }
    }

    /// The instances behind these, and behind what follows those in turn: replicas may have replicas.
    private mutating func addCopies(_ followers: [RDSResourceARN], of target: String) async throws {
        var seen = Set([RDSResourceARN(target)].compactMap(\.self))
        var waiting = followers.filter { seen.insert($0).inserted }
        while let next = waiting.popLast() {
            let more = next.kind == "db" ? try await addInstance(next) : try await addCluster(next)
            // Two may name each other, around a switchover say.
            waiting += more.filter { seen.insert($0).inserted }
        }
    }

    /// Adds an instance that follows.
    ///
    /// - Returns: What follows it in turn.
    private mutating func addInstance(_ follower: RDSResourceARN) async throws -> [RDSResourceARN] {
        let instance = await described { try await client(follower.region).instance(follower.id) }
        return addCopies(try known("\(follower)", instance).map { [$0] } ?? [], in: follower.region)
    }

    /// Adds the members of a cluster that follows.
    ///
    /// - Returns: What follows it, or them, in turn.
    private mutating func addCluster(_ follower: RDSResourceARN) async throws -> [RDSResourceARN] {
        let cluster = try known(
            "\(follower)",
            await described { try await client(follower.region).cluster(follower.id) }
        )
        let members = try known(
            "instances of \(follower)",
            await Result.catching { try await client(follower.region).instances(ofCluster: follower.id).items().get() }
        )
        if let cluster {
            surroundings.unseen += RDSTargetRules.lostMembers(of: cluster, members).map {
                "\(rules.name): \(follower) \($0)"
            }
        }
        let ofCluster = cluster.map { RDSTargetRules.replicas(of: $0, in: follower.region) } ?? []
        return ofCluster + addCopies(members ?? [], in: follower.region)
    }

    private mutating func addCopies(_ instances: [RDSInstance], in region: String) -> [RDSResourceARN] {
        surroundings.copies += instances.map { RDSTargetRules.Copy(instance: $0, region: region) }
        return instances.flatMap { RDSTargetRules.followers(of: $0, in: region) }
    }

    /// What RDS names somewhere else: what it does not describe may be there all the same, being made, or going.
    private func described<Found>(_ find: () async throws -> Found?) async -> Result<Found, any Error> {
        await Result.catching {
            guard let found = try await find() else {
                throw AWSError(.badResponse, "RDS names it and does not describe it, until it is there or gone")
            }
            return found
        }
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
    /// Everything on all pages, or nothing.
    fileprivate func items<Item>() async -> Result<[Item], any Error> where Page == RDSPage<Item> {
        await Result.catching {
            var items: [Item] = []
            for try await page in self { items += page.items }
            return items
        }
    }
}
