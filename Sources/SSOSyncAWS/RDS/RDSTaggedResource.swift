// SPDX-License-Identifier: Apache-2.0

/// A cluster, or an instance in none, that was found by the tags that it carries.
public struct RDSTaggedResource: Sendable, Hashable {
    /// What it is called.
    public let name: RDSTargetName
    /// Its ARN.
    public let arn: String
    /// The values of all of its tags, by their keys.
    public let tags: [String: String]
    /// The hosts that lead to it, in lower case: all of the cluster's endpoints and its members', or the instance's own.
    public let endpoints: Set<String>

    /// Those that carry all of these tags, but for replicas of another one among them.
    static func all(
        _ clusters: [RDSCluster],
        _ instances: [RDSInstance],
        tagged tags: [String: String]
    ) -> [RDSTaggedResource] {
        func areCarried(in carried: [String: String]) -> Bool { tags.allSatisfy { carried[$0.key] == $0.value } }
        let ofTags = clusters.filter { areCarried(in: $0.tags) }.sorted { $0.id < $1.id }
        let alone = instances.filter { $0.cluster == nil && areCarried(in: $0.tags) }.sorted { $0.id < $1.id }
        let replication = Replication(ofTags, alone)
        var found = ofTags.map { cluster in
            RDSTaggedResource(cluster, members: instances.filter { $0.cluster == cluster.id })
        }
        found += alone.map { RDSTaggedResource($0) }
        return found.filter { !replication.leadsOn(from: $0.arn) }
    }

    private init(_ cluster: RDSCluster, members: [RDSInstance]) {
        (name, arn, tags) = (.cluster(cluster.id), cluster.arn, cluster.tags)
        endpoints = Set(([cluster.host] + cluster.aliases + members.map(\.host)).compactMap { $0?.lowercased() })
    }

    private init(_ instance: RDSInstance) {
        (name, arn, tags) = (.instance(instance.id), instance.arn, instance.tags)
        endpoints = Set([instance.host].compactMap { $0?.lowercased() })
    }
}

/// Which of some clusters and instances are replicas of which.
private struct Replication {
    /// The ARNs of sources, by those of their replicas.
    private var sources: [String: String] = [:]

    init(_ clusters: [RDSCluster], _ instances: [RDSInstance]) {
        let things: [(id: String, arn: String, source: String?)] =
            instances.map { (id: $0.id, arn: $0.arn, source: $0.source) }
            + clusters.map { (id: $0.id, arn: $0.arn, source: $0.source) }
        // A replica in the same Region names its source by id or ARN; a cluster and an instance may have one id.
        var known: [String: [String]] = [:]
        for thing in things {
            known[thing.id, default: []].append(thing.arn)
            known[thing.arn, default: []].append(thing.arn)
        }
        for thing in things {
            sources[thing.arn] = thing.source.flatMap { known[$0] }?.first { $0 != thing.arn }
        }
    }

    /// Whether the sources lead from there to another one that stays.
    ///
    /// Around a switchover, two may name each other: then both stay, for the look-up by id to say which of them takes writes.
    func leadsOn(from arn: String) -> Bool {
        guard var next = sources[arn] else { return false }
        var seen: Set<String> = []
        while next != arn, seen.insert(next).inserted, let source = sources[next] { next = source }
        return next != arn
    }
}
